//! The HTTP server: a bound listener, the routes, the edge around them.

use std::{io, net::TcpListener};

use actix_web::{
    App, HttpRequest, HttpResponse, HttpServer, ResponseError,
    dev::Server,
    http::{
        StatusCode,
        header::{self, ContentType},
    },
    middleware::from_fn,
    web,
};
use utoipa_actix_web::AppExt;
use utoipa_swagger_ui::{Config, SwaggerUi};

use super::{
    State,
    caller::identify,
    compress::compress,
    description::{self, DESCRIPTION},
    edge::{self, AnswerLimit},
    error::ApiError,
    idempotency::idempotency,
    room, routes,
    terms::Terms,
};
use crate::config::Http;

const DESCRIPTION_ADDRESS: &str = "/api/v1/openapi.json";

/// Serves on `listener` until it is stopped by its handle; it reacts to no signal.
pub fn serve(listener: TcpListener, state: State, http: &Http) -> io::Result<Server> {
    let limit = web::Data::new(AnswerLimit(http.request_timeout()));
    let terms = web::Data::new(Terms::new(http));
    let server = HttpServer::new(move || {
        App::new()
            // Before the routes: their scope would answer for every address below its own.
            .service(SwaggerUi::new("/docs/{_:.*}").config(Config::from(DESCRIPTION_ADDRESS)))
            .route(DESCRIPTION_ADDRESS, web::get().to(described))
            .service(web::redirect("/docs", "/docs/"))
            .into_utoipa_app()
            .app_data(state.clone())
            .app_data(limit.clone())
            .app_data(terms.clone())
            .configure(routes::configure)
            .into_app()
            .default_service(web::to(nothing_here))
            // The last one is the outermost.
            .wrap(from_fn(idempotency))
            .wrap(from_fn(room::guard))
            .wrap(from_fn(identify))
            .wrap(from_fn(compress))
            .wrap(from_fn(edge::edge))
    });
    let server = server
        .disable_signals()
        .shutdown_timeout(http.shutdown_grace().as_secs())
        .client_request_timeout(http.headers_timeout())
        .keep_alive(http.keep_alive())
        .listen(listener)?;
    Ok(server.run())
}

/// The description of the interface.
async fn described() -> HttpResponse {
    HttpResponse::Ok().content_type(ContentType::json()).body(DESCRIPTION)
}

/// Where no route fits: the address is unknown, or does not take the method.
async fn nothing_here(request: HttpRequest) -> HttpResponse {
    let pattern = request.resource_map().match_pattern(request.path());
    let allowed = pattern.and_then(|pattern| description::allowed(&pattern));
    let Some(allowed) = allowed else { return ApiError::of_status(StatusCode::NOT_FOUND).error_response() };
    let mut response = ApiError::of_status(StatusCode::METHOD_NOT_ALLOWED).error_response();
    if let Ok(allowed) = header::HeaderValue::from_str(&allowed) {
        response.headers_mut().insert(header::ALLOW, allowed);
    }
    response
}
