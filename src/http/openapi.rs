//! Makes the OpenAPI 3.1 description from the handlers themselves.

use actix_web::{App, http::StatusCode};
use utoipa::ToSchema;
use utoipa::{
    Modify, OpenApi,
    openapi::{
        ContentBuilder, HeaderBuilder, OpenApi as Description, Ref, RefOr, Response, ResponseBuilder,
        path::{Operation, Parameter, ParameterBuilder, ParameterIn, PathItem},
        schema::{ObjectBuilder, Type},
        security::{HttpAuthScheme, HttpBuilder, SecurityScheme},
    },
};
use utoipa_actix_web::AppExt;

use super::{accept::PROBLEM, routes};
use crate::domain::failure::{FieldFault, OwnedProject, StaleFile};

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
    /// Of 409 at the end of an account: what it alone owns.
    projects: Option<Vec<OwnedProject>>,
    /// Of `STALE_MANIFEST`: what is no longer as it was.
    files: Option<Vec<StaleFile>>,
}

/// The same error for those who accept `application/problem+json` (RFC 9457).
#[derive(serde::Serialize, ToSchema)]
pub struct ProblemView {
    /// `about:blank`: the status says it.
    r#type: String,
    /// The status in words.
    title: String,
    status: u16,
    /// For people.
    detail: String,
    /// The path that was asked for.
    instance: String,
    /// For machines, as in the other form.
    code: String,
    /// Also in `X-Request-Id` and in the log.
    request_id: String,
    /// Of 401.
    reason: Option<String>,
    /// Of 422.
    fields: Option<Vec<FieldFault>>,
    /// Of 409 at the end of an account: what it alone owns.
    projects: Option<Vec<OwnedProject>>,
    /// Of `STALE_MANIFEST`: what is no longer as it was.
    files: Option<Vec<StaleFile>>,
}

#[derive(OpenApi)]
#[openapi(
    info(title = "HiveSync", description = "Git mirrors, manifests, and what is made of them.",
        license(name = "MIT OR Apache-2.0")),
    servers((url = "/")),
    components(schemas(ErrorView, ProblemView)),
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

/// Every operation may fail in these ways; they are not repeated at each handler, and described once for all of them.
struct Errors;

const EVERYWHERE: [StatusCode; 14] = [
    StatusCode::BAD_REQUEST,
    StatusCode::NOT_FOUND,
    StatusCode::METHOD_NOT_ALLOWED,
    StatusCode::REQUEST_TIMEOUT,
    StatusCode::CONFLICT,
    StatusCode::URI_TOO_LONG,
    StatusCode::UNPROCESSABLE_ENTITY,
    StatusCode::TOO_MANY_REQUESTS,
    StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE,
    StatusCode::INTERNAL_SERVER_ERROR,
    StatusCode::BAD_GATEWAY,
    StatusCode::SERVICE_UNAVAILABLE,
    StatusCode::GATEWAY_TIMEOUT,
    StatusCode::INSUFFICIENT_STORAGE,
];

/// Failures of some operations.
const SOMEWHERE: [StatusCode; 5] = [
    StatusCode::UNAUTHORIZED,
    StatusCode::FORBIDDEN,
    StatusCode::PRECONDITION_FAILED,
    StatusCode::PAYLOAD_TOO_LARGE,
    StatusCode::UNSUPPORTED_MEDIA_TYPE,
];

impl Modify for Errors {
    fn modify(&self, description: &mut Description) {
        let shared = &mut description.components.get_or_insert_with(Default::default).responses;
        for status in EVERYWHERE.into_iter().chain(SOMEWHERE) {
            shared.insert(name(status), RefOr::T(failure(status)));
        }
        for item in description.paths.paths.values_mut() {
            if let Some(post) = item.post.as_mut().filter(|post| post.security.is_none()) {
                post.parameters.get_or_insert_with(Vec::new).push(RefOr::T(idempotency_key()));
            }
            for operation in operations(item) {
                let mut statuses = EVERYWHERE.to_vec();
                if takes(operation, "If-Match") {
                    statuses.push(StatusCode::PRECONDITION_FAILED);
                }
                // Without a list of its own an operation asks for a token; those that do not, but take a body, are
                // the ones that check a password or a token in it.
                if operation.security.is_none() || operation.request_body.is_some() {
                    statuses.extend([StatusCode::UNAUTHORIZED, StatusCode::FORBIDDEN]);
                }
                if operation.request_body.is_some() {
                    statuses.extend([StatusCode::PAYLOAD_TOO_LARGE, StatusCode::UNSUPPORTED_MEDIA_TYPE]);
                }
                let responses = &mut operation.responses.responses;
                for (status, response) in responses.iter_mut() {
                    describe(status, response);
                }
                for status in statuses {
                    let failure = || RefOr::Ref(Ref::from_response_name(name(status)));
                    responses.entry(status.as_str().to_owned()).or_insert_with(failure);
                }
            }
        }
    }
}

fn takes(operation: &Operation, name: &str) -> bool {
    operation.parameters.iter().flatten().any(|it| matches!(it, RefOr::T(parameter) if parameter.name == name))
}

fn idempotency_key() -> Parameter {
    let text = ObjectBuilder::new().schema_type(Type::String).min_length(Some(1)).max_length(Some(255));
    let text = text.pattern(Some("^[!-~]+$"));
    let description = "A name that the client gives the request; sent again under it, the request is answered alike \
        for 24 hours, and done once.";
    let key = ParameterBuilder::new().name("Idempotency-Key").parameter_in(ParameterIn::Header);
    key.description(Some(description)).schema(Some(text.build())).build()
}

fn operations(item: &mut PathItem) -> impl Iterator<Item = &mut Operation> {
    [&mut item.get, &mut item.put, &mut item.post, &mut item.delete, &mut item.patch].into_iter().flatten()
}

/// The specification wants a description of each answer; where a handler has none it is the status's own.
fn describe(status: &str, response: &mut RefOr<Response>) {
    let (RefOr::T(response), Ok(status)) = (response, status.parse::<StatusCode>()) else { return };
    if response.description.is_empty() {
        reason(status).clone_into(&mut response.description);
    }
}

/// What a failure is called among the described ones.
fn name(status: StatusCode) -> String {
    reason(status).split(' ').collect()
}

fn reason(status: StatusCode) -> &'static str {
    status.canonical_reason().unwrap_or("error")
}

fn failure(status: StatusCode) -> Response {
    let content = |schema| ContentBuilder::new().schema(Some(Ref::from_schema_name(schema))).build();
    let mut response = ResponseBuilder::new()
        .description(reason(status))
        .content("application/json", content("ErrorView"))
        .content(PROBLEM, content("ProblemView"));
    if status == StatusCode::TOO_MANY_REQUESTS {
        for (name, description) in LIMIT_HEADERS {
            let text = ObjectBuilder::new().schema_type(Type::String).build();
            let header = HeaderBuilder::new().schema(Some(text)).description(Some(description));
            response = response.header(name, header.build());
        }
    }
    response.build()
}

/// How a refusal says when to come again.
const LIMIT_HEADERS: [(&str, &str); 3] = [
    ("Retry-After", "Seconds until it is worth another try."),
    ("RateLimit-Policy", "The policy that is used up: its name, `q` requests in `w` seconds."),
    ("RateLimit", "Its name, the requests that are left (`r`), and seconds until there are more (`t`)."),
];

/// The description of every route.
fn description() -> Description {
    let (_, mut description) =
        App::new().into_utoipa_app().openapi(Base::openapi()).configure(routes::configure).split_for_parts();
    Errors.modify(&mut description);
    description
}

/// The description as it is committed: pretty JSON with a final new line.
pub fn text() -> Result<String, serde_json::Error> {
    Ok(serde_json::to_string_pretty(&description())? + "\n")
}
