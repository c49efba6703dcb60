//! The OpenAPI 3.1 description, made from the handlers themselves.

use actix_web::{App, http::StatusCode};
use utoipa::ToSchema;
use utoipa::{
    Modify, OpenApi,
    openapi::{
        ContentBuilder, OpenApi as Description, Ref, RefOr, Response, ResponseBuilder,
        path::{Operation, PathItem},
        security::{HttpAuthScheme, HttpBuilder, SecurityScheme},
    },
};
use utoipa_actix_web::AppExt;

use super::routes;
use crate::domain::failure::FieldFault;

/// What every error looks like.
#[derive(serde::Serialize, ToSchema)]
pub struct ErrorView {
    error: ErrorBody,
}

/// One error.
#[derive(serde::Serialize, ToSchema)]
pub struct ErrorBody {
    /// For machines.
    #[schema(example = "PROJECT_NOT_FOUND")]
    code: String,
    /// For people.
    message: String,
    details: ErrorDetails,
}

/// What else helps.
#[derive(serde::Serialize, ToSchema)]
pub struct ErrorDetails {
    /// Also in `X-Request-Id` and in the log.
    request_id: String,
    /// Of 401: `missing`, `invalid`, `expired` or `revoked`.
    reason: Option<String>,
    /// Of 422.
    fields: Option<Vec<FieldFault>>,
}

#[derive(OpenApi)]
#[openapi(
    info(title = "HiveSync", description = "Git mirrors, manifests, and what is made of them.",
        license(name = "MIT OR Apache-2.0")),
    servers((url = "/")),
    components(schemas(ErrorView)),
    security(("bearer" = [])),
    modifiers(&Bearer, &Errors)
)]
struct Base;

struct Bearer;

impl Modify for Bearer {
    fn modify(&self, description: &mut Description) {
        let scheme = HttpBuilder::new().scheme(HttpAuthScheme::Bearer).bearer_format("JWT").build();
        let components = description.components.get_or_insert_with(Default::default);
        components.add_security_scheme("bearer", SecurityScheme::Http(scheme));
    }
}

/// Every operation may fail in these ways; they are not repeated at each handler.
struct Errors;

const EVERYWHERE: [StatusCode; 11] = [
    StatusCode::BAD_REQUEST,
    StatusCode::NOT_FOUND,
    StatusCode::METHOD_NOT_ALLOWED,
    StatusCode::CONFLICT,
    StatusCode::UNPROCESSABLE_ENTITY,
    StatusCode::TOO_MANY_REQUESTS,
    StatusCode::INTERNAL_SERVER_ERROR,
    StatusCode::BAD_GATEWAY,
    StatusCode::SERVICE_UNAVAILABLE,
    StatusCode::GATEWAY_TIMEOUT,
    StatusCode::INSUFFICIENT_STORAGE,
];

impl Modify for Errors {
    fn modify(&self, description: &mut Description) {
        for item in description.paths.paths.values_mut() {
            for operation in operations(item) {
                let mut statuses = EVERYWHERE.to_vec();
                // Without a list of its own an operation asks for a token; those that do not, but take a body, are
                // the ones that check a password or a token in it.
                if operation.security.is_none() || operation.request_body.is_some() {
                    statuses.extend([StatusCode::UNAUTHORIZED, StatusCode::FORBIDDEN]);
                }
                if operation.request_body.is_some() {
                    statuses.extend([
                        StatusCode::REQUEST_TIMEOUT,
                        StatusCode::PAYLOAD_TOO_LARGE,
                        StatusCode::UNSUPPORTED_MEDIA_TYPE,
                    ]);
                }
                let responses = &mut operation.responses.responses;
                for (status, response) in responses.iter_mut() {
                    describe(status, response);
                }
                for status in statuses {
                    responses.entry(status.as_str().to_owned()).or_insert_with(|| RefOr::T(failure(status)));
                }
            }
        }
    }
}

fn operations(item: &mut PathItem) -> impl Iterator<Item = &mut Operation> {
    [&mut item.get, &mut item.put, &mut item.post, &mut item.delete, &mut item.patch].into_iter().flatten()
}

/// The specification wants a description of each answer; where a handler has none it is the status's own.
fn describe(status: &str, response: &mut RefOr<Response>) {
    let (RefOr::T(response), Ok(status)) = (response, status.parse::<StatusCode>()) else { return };
    if response.description.is_empty() {
        status.canonical_reason().unwrap_or_default().clone_into(&mut response.description);
    }
}

fn failure(status: StatusCode) -> Response {
    let content = ContentBuilder::new().schema(Some(Ref::from_schema_name("ErrorView"))).build();
    let reason = status.canonical_reason().unwrap_or("error");
    ResponseBuilder::new().description(reason).content("application/json", content).build()
}

/// The description of every route.
pub fn description() -> Description {
    let (_, mut description) =
        App::new().into_utoipa_app().openapi(Base::openapi()).configure(routes::configure).split_for_parts();
    Errors.modify(&mut description);
    description
}

/// The description as it is committed: pretty JSON with a final new line.
pub fn text() -> Result<String, serde_json::Error> {
    Ok(serde_json::to_string_pretty(&description())? + "\n")
}
