//! Lists: a page by keyset, and the link to the next one (RFC 8288).

use actix_web::{HttpRequest, HttpResponse, Responder, body::BoxBody, http::header};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::domain::{
    failure::Failure,
    page::{Listed, Page, Place},
};

/// Which page of a list is wanted.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct PageQuery {
    /// At most so many items, 1 to 100; 50 without it.
    #[param(minimum = 1, maximum = 100)]
    pub limit: Option<u16>,
    /// `next_cursor` of the page before.
    pub cursor: Option<String>,
}

impl PageQuery {
    /// The page, or which field is wrong.
    pub fn page(&self) -> Result<Page, Failure> {
        Page::parse(self.limit, self.cursor.as_deref())
    }
}

/// A page of a list, newest first.
#[derive(Debug, Serialize, ToSchema)]
pub struct List<T> {
    /// The items.
    pub items: Vec<T>,
    /// For the next page; `null` when this is the last.
    pub next_cursor: Option<String>,
}

impl<T> List<T> {
    /// The page, each item made into its view.
    pub fn of<U>(listed: Listed<U>, view: impl FnMut(U) -> T) -> Self {
        let listed = listed.map(view);
        Self { items: listed.items, next_cursor: listed.next.map(Place::cursor) }
    }
}

impl<T: Serialize> Responder for List<T> {
    type Body = BoxBody;

    fn respond_to(self, request: &HttpRequest) -> HttpResponse<BoxBody> {
        let mut response = HttpResponse::Ok();
        if let Some(cursor) = &self.next_cursor {
            let query = request.query_string();
            let others = query.split('&').filter(|part| !part.is_empty() && !part.starts_with("cursor="));
            let query = others.map(str::to_owned).chain([format!("cursor={cursor}")]).collect::<Vec<_>>().join("&");
            response.insert_header((header::LINK, format!("<{}?{query}>; rel=\"next\"", request.path())));
        }
        response.json(self)
    }
}
