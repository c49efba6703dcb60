//! The one place that knows a status code: from a failure to the answer that the contract promises.

use std::{borrow::Cow, time::Duration};

use actix_web::{HttpResponse, HttpResponseBuilder, ResponseError, body::BoxBody, http::StatusCode, http::header};
use serde_json::{Map, Value, json};

use crate::domain::failure::{Conflict, Failure, FieldFault, Missing, TokenFault};

/// An error as clients see it. Rendered at the edge, where the request's id and the wanted form are known.
#[derive(Debug, Clone, thiserror::Error)]
#[error("{status} {code}: {message}")]
pub struct ApiError {
    /// Of the answer.
    pub status: StatusCode,
    /// For machines.
    pub code: Cow<'static, str>,
    /// For people: what happened and what to do.
    pub message: String,
    /// What else helps.
    pub details: Map<String, Value>,
    /// When it is worth another try.
    pub retry_after: Option<Duration>,
    /// The limit that was reached, for `RateLimit-Policy`.
    pub policy: Option<String>,
}

impl ApiError {
    /// An error without details.
    pub fn new(status: StatusCode, code: impl Into<Cow<'static, str>>, message: impl Into<String>) -> Self {
        let (code, message) = (code.into(), message.into());
        Self { status, code, message, details: Map::new(), retry_after: None, policy: None }
    }

    fn with(mut self, name: &str, value: Value) -> Self {
        self.details.insert(name.to_owned(), value);
        self
    }

    /// The same error, worth another try after a time.
    #[must_use]
    pub fn retry(mut self, after: Duration) -> Self {
        self.retry_after = Some(after);
        self
    }

    /// This instance takes no work, for a `reason` of its own.
    pub fn not_ready(reason: &str) -> Self {
        let message = format!("this instance takes no work: it is {reason}");
        Self::new(StatusCode::SERVICE_UNAVAILABLE, "OVERLOADED", message).with("reason", json!(reason))
    }

    /// What a bare status, given by the framework, means in the contract.
    pub fn of_status(status: StatusCode) -> Self {
        let (code, message) = match status {
            StatusCode::UNAUTHORIZED => ("UNAUTHENTICATED", "authentication is required"),
            StatusCode::FORBIDDEN => ("FORBIDDEN", "this is not allowed"),
            StatusCode::NOT_FOUND => ("NOT_FOUND", "nothing answers at this address"),
            StatusCode::METHOD_NOT_ALLOWED => ("METHOD_NOT_ALLOWED", "the address does not take this method"),
            StatusCode::REQUEST_TIMEOUT => ("REQUEST_TIMEOUT", "the request did not arrive in time"),
            StatusCode::PAYLOAD_TOO_LARGE => ("PAYLOAD_TOO_LARGE", "the body is too large"),
            StatusCode::URI_TOO_LONG => ("URI_TOO_LONG", "the address is too long"),
            StatusCode::UNSUPPORTED_MEDIA_TYPE => ("UNSUPPORTED_MEDIA_TYPE", "send application/json"),
            StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE => ("HEADERS_TOO_LARGE", "the headers are too large"),
            StatusCode::SERVICE_UNAVAILABLE => ("OVERLOADED", "the service is busy; try again shortly"),
            StatusCode::GATEWAY_TIMEOUT => ("TIMEOUT", "the answer did not come in time"),
            status if status.is_client_error() => ("MALFORMED_REQUEST", "the request cannot be understood"),
            _ => ("INTERNAL_ERROR", "something went wrong here; the request id helps to find out what"),
        };
        Self::new(status, code, message)
    }
}

impl ResponseError for ApiError {
    fn status_code(&self) -> StatusCode {
        self.status
    }

    /// The status, the headers, and the error itself for the edge to render.
    fn error_response(&self) -> HttpResponse<BoxBody> {
        let mut response = HttpResponseBuilder::new(self.status);
        if let Some(after) = self.retry_after {
            let seconds = after.as_millis().div_ceil(1_000).max(1);
            response.insert_header((header::RETRY_AFTER, seconds.to_string()));
            if let Some(policy) = &self.policy {
                response.insert_header(("RateLimit-Policy", policy.clone()));
                response.insert_header(("RateLimit", format!("{};r=0;t={seconds}", name_of(policy))));
            }
        }
        if self.status == StatusCode::UNAUTHORIZED {
            response.insert_header((header::WWW_AUTHENTICATE, "Bearer"));
        }
        let mut response = response.finish();
        response.extensions_mut().insert(self.clone());
        response
    }
}

fn name_of(policy: &str) -> &str {
    policy.split(';').next().unwrap_or(policy)
}

impl From<Failure> for ApiError {
    fn from(failure: Failure) -> Self {
        let message = failure.to_string();
        match failure {
            Failure::Unauthenticated(fault) => unauthenticated(fault),
            Failure::Forbidden
            | Failure::NotAdmitted(_)
            | Failure::OutOfScope(_)
            | Failure::NotInPerson
            | Failure::Disabled => Self::new(StatusCode::FORBIDDEN, "FORBIDDEN", message),
            Failure::NotFound(missing) => Self::new(StatusCode::NOT_FOUND, not_found(missing), message),
            Failure::Conflict(conflict) => Self::new(StatusCode::CONFLICT, conflicting(conflict), message),
            Failure::SoleOwner(projects) => {
                Self::new(StatusCode::CONFLICT, "CONFLICT", message).with("projects", json!(projects))
            }
            Failure::NoSymbol(_) => Self::new(StatusCode::NOT_FOUND, "SYMBOL_NOT_FOUND", message),
            Failure::Stale(files) | Failure::ChangedSince(files) => {
                Self::new(StatusCode::CONFLICT, "STALE_MANIFEST", message).with("files", json!(files))
            }
            Failure::PreconditionFailed => Self::new(StatusCode::PRECONDITION_FAILED, "PRECONDITION_FAILED", message),
            Failure::Invalid(faults) => invalid(&faults),
            Failure::RateLimited { retry_in, policy } => {
                let error = Self::new(StatusCode::TOO_MANY_REQUESTS, "RATE_LIMIT_EXCEEDED", message).retry(retry_in);
                Self { policy: Some(policy), ..error }
            }
            Failure::Busy => Self::of_status(StatusCode::SERVICE_UNAVAILABLE).retry(Duration::from_secs(1)),
            Failure::TimedOut => Self::of_status(StatusCode::GATEWAY_TIMEOUT).retry(Duration::from_secs(2)),
            Failure::StorageFull => Self::new(StatusCode::INSUFFICIENT_STORAGE, "STORAGE_FULL", message),
            Failure::Dependency(cause) => {
                tracing::error!(cause = &*cause as &dyn std::error::Error, "a dependency failed");
                let message = "something that the service leans on does not answer; try again shortly";
                Self::new(StatusCode::BAD_GATEWAY, "DEPENDENCY_FAILURE", message).retry(Duration::from_secs(2))
            }
            Failure::Internal(cause) => {
                tracing::error!(cause = &*cause as &dyn std::error::Error, "internal error");
                Self::of_status(StatusCode::INTERNAL_SERVER_ERROR)
            }
        }
    }
}

fn unauthenticated(fault: TokenFault) -> ApiError {
    let message = match fault {
        TokenFault::Missing => "send an access token: `Authorization: Bearer …`",
        TokenFault::Invalid => "the credentials are not valid",
        TokenFault::Expired => "the token has expired; refresh it or sign in again",
        TokenFault::Revoked => "the session or token was ended; sign in again, or make another token",
    };
    let error = ApiError::new(StatusCode::UNAUTHORIZED, "UNAUTHENTICATED", message);
    error.with("reason", json!(fault.to_string()))
}

fn not_found(missing: Missing) -> &'static str {
    match missing {
        Missing::Project => "PROJECT_NOT_FOUND",
        Missing::Job => "JOB_NOT_FOUND",
        Missing::File | Missing::Ref => "FILE_NOT_FOUND",
        Missing::Manifest => "MANIFEST_NOT_FOUND",
        Missing::Session => "SESSION_NOT_FOUND",
        Missing::Token => "TOKEN_NOT_FOUND",
        Missing::User => "USER_NOT_FOUND",
        Missing::Notification => "NOTIFICATION_NOT_FOUND",
        Missing::Member => "MEMBER_NOT_FOUND",
        Missing::Invitation => "INVITATION_NOT_FOUND",
        Missing::Resource => "NOT_FOUND",
    }
}

fn conflicting(conflict: Conflict) -> &'static str {
    match conflict {
        Conflict::EmailTaken => "EMAIL_TAKEN",
        Conflict::RepoNotLinked => "REPO_NOT_LINKED",
        Conflict::RepoNotSynced => "REPO_NOT_SYNCED",
        Conflict::JobAlreadyCompleted => "JOB_ALREADY_COMPLETED",
        Conflict::LastAdministrator | Conflict::TooManyTokens | Conflict::Other(_) => "CONFLICT",
    }
}

fn invalid(faults: &[FieldFault]) -> ApiError {
    let all_missing = !faults.is_empty() && faults.iter().all(|fault| fault.missing);
    let code = if all_missing { "MISSING_FIELD" } else { "INVALID_INPUT" };
    let texts: Vec<_> = faults.iter().map(|fault| format!("`{}`: {}", fault.path, fault.problem)).collect();
    let error = ApiError::new(StatusCode::UNPROCESSABLE_ENTITY, code, texts.join("; "));
    error.with("fields", json!(faults))
}
