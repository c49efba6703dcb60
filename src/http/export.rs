//! `/auth/me/export`: everything that is kept about the caller, streamed a page at a time.

use std::future::Future;

use actix_web::{
    HttpResponse, get,
    http::header::{self, ContentDisposition, DispositionParam, DispositionType},
    web::Bytes,
};
use futures::{
    Stream, StreamExt,
    stream::{self, TryStreamExt},
};
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

use super::{
    State, accounts::UserView, error::ApiError, notifications::NotificationView, projects::ProjectView,
    sessions::SessionView, tokens::AccessTokenView,
};
use crate::{
    actors::gateways::{accounts, notifier, projects, sessions, tokens},
    clock::Timestamp,
    domain::{
        caller::InPerson,
        event::EventKind,
        failure::Failure,
        page::{Listed, Page},
    },
    entities::{events, notifications::Filter},
    ids::{JobId, ProjectId},
};

/// Everything that is kept about an account. Secrets are not kept, and so not in it.
#[derive(Serialize, ToSchema)]
pub struct Export {
    /// The account itself.
    pub account: UserView,
    /// Devices, those that were signed out included.
    pub sessions: Vec<SessionView>,
    /// Personal tokens, those that were ended included.
    pub tokens: Vec<AccessTokenView>,
    /// Projects, and what the account is in them.
    pub projects: Vec<ProjectView>,
    /// What was done from it.
    pub events: Vec<DeedView>,
    /// What it was told.
    pub notifications: Vec<NotificationView>,
}

/// Something that was done from an account.
#[derive(Serialize, ToSchema)]
pub struct DeedView {
    #[serde(rename = "type")]
    kind: EventKind,
    project_id: Option<ProjectId>,
    job_id: Option<JobId>,
    /// Ids and states.
    #[schema(value_type = Object)]
    payload: Value,
    request_id: Option<String>,
    created_at: Timestamp,
}

impl From<events::Model> for DeedView {
    fn from(event: events::Model) -> Self {
        let events::Model { kind, project_id, job_id, request_id, created_at, .. } = event;
        // Written by us as JSON; what is not would be shown as nothing rather than fail the list.
        let payload = serde_json::from_str(&event.payload).unwrap_or_default();
        Self { kind, project_id, job_id, payload, request_id, created_at }
    }
}

/// Take out all that is kept about me
#[utoipa::path(operation_id = "export_me", tag = "accounts", responses((status = OK, body = Export)))]
#[get("/auth/me/export")]
pub async fn export(state: State, by: InPerson) -> Result<HttpResponse, ApiError> {
    let user = state.gateways.accounts.ask(accounts::Me(by.caller.clone())).await?;
    let account = serde_json::to_string(&UserView::from(user)).map_err(Failure::internal)?;
    let head = Bytes::from(format!("{{\"account\":{account}"));
    let sections =
        [sessions(&state, &by), tokens(&state, &by), projects(&state, &by), deeds(&state, &by), told(&state, &by)];
    let body = stream::iter([Ok(head)]).chain(stream::iter(sections).flatten()).chain(stream::iter([Ok("}".into())]));
    let file = DispositionParam::Filename("hivesync-account.json".into());
    Ok(HttpResponse::Ok()
        .insert_header((header::CACHE_CONTROL, "no-store"))
        .insert_header(ContentDisposition { disposition: DispositionType::Attachment, parameters: vec![file] })
        .content_type("application/json")
        .streaming(body))
}

type Chunks = stream::LocalBoxStream<'static, Result<Bytes, Failure>>;

fn sessions(state: &State, by: &InPerson) -> Chunks {
    let (state, by) = (state.clone(), by.clone());
    section("sessions", move |page| {
        let (asked, current) = (state.clone(), by.session);
        let list = sessions::List { by: by.caller.clone(), over: true, page };
        async move {
            let found = asked.gateways.sessions.ask(list).await?;
            Ok(found.map(|session| SessionView::seen_from(current, session)))
        }
    })
}

fn tokens(state: &State, by: &InPerson) -> Chunks {
    let (state, by) = (state.clone(), by.caller.clone());
    section("tokens", move |page| {
        let (asked, list) = (state.clone(), tokens::List { by: by.clone(), ended: true, page });
        async move { Ok(asked.gateways.tokens.ask(list).await?.map(AccessTokenView::from)) }
    })
}

fn projects(state: &State, by: &InPerson) -> Chunks {
    let (state, by) = (state.clone(), by.caller.clone());
    section("projects", move |page| {
        let (asked, list) = (state.clone(), projects::List { by: by.clone(), page });
        async move { Ok(asked.gateways.projects.ask(list).await?.map(ProjectView::from)) }
    })
}

fn deeds(state: &State, by: &InPerson) -> Chunks {
    let (state, by) = (state.clone(), by.caller.clone());
    section("events", move |page| {
        let (asked, list) = (state.clone(), accounts::Deeds { by: by.clone(), page });
        async move { Ok(asked.gateways.accounts.ask(list).await?.map(DeedView::from)) }
    })
}

fn told(state: &State, by: &InPerson) -> Chunks {
    let (state, by) = (state.clone(), by.caller.clone());
    section("notifications", move |page| {
        let (asked, list) = (state.clone(), notifier::List { by: by.clone(), filter: Filter::default(), page });
        async move { Ok(asked.gateways.notifier.ask(list).await?.map(NotificationView::from)) }
    })
}

/// `,"name":[…]`, one page in memory at a time.
fn section<T, F, Fut>(name: &'static str, fetch: F) -> Chunks
where
    T: Serialize + 'static,
    F: Fn(Page) -> Fut + 'static,
    Fut: Future<Output = Result<Listed<T>, Failure>> + 'static,
{
    let items = pages(fetch).enumerate().map(|(at, found)| {
        let text = joined(&found?).map_err(Failure::internal)?;
        Ok(Bytes::from(if at == 0 || text.is_empty() { text } else { format!(",{text}") }))
    });
    let ends = (format!(",\"{name}\":["), "]");
    stream::iter([Ok(ends.0.into())]).chain(items).chain(stream::iter([Ok(ends.1.into())])).boxed_local()
}

/// Each page after the other, newest first.
fn pages<T, F, Fut>(fetch: F) -> impl Stream<Item = Result<Vec<T>, Failure>>
where
    F: Fn(Page) -> Fut,
    Fut: Future<Output = Result<Listed<T>, Failure>>,
{
    stream::try_unfold((Some(Page::first()), fetch), async |(page, fetch)| {
        let Some(page) = page else { return Ok(None) };
        let Listed { items, next } = fetch(page).await?;
        let next = next.map(|place| Page { before: Some(place), ..page });
        Ok(Some((items, (next, fetch))))
    })
    .into_stream()
}

fn joined<T: Serialize>(items: &[T]) -> serde_json::Result<String> {
    let texts: Vec<_> = items.iter().map(serde_json::to_string).collect::<Result<_, _>>()?;
    Ok(texts.join(","))
}
