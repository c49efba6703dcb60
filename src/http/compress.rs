//! Answers are compressed for those who can read that, if it is worth it and gives nothing away.

use actix_http::encoding::Encoder;
use actix_web::{
    Error, HttpMessage,
    body::{BodySize, MessageBody},
    dev::{ResponseHead, ServiceRequest, ServiceResponse},
    http::{
        StatusCode,
        header::{self, AcceptEncoding, ContentEncoding, Encoding, HeaderValue},
    },
    middleware::Next,
};

use super::protection::Kind;

/// Below this size the coding's own frame and time cost more than it saves.
const LEAST_BYTES: u64 = 1 << 10;

/// Marks an answer that leaves as it is: its reader sends the strong tag back to change the thing, or counts its bytes.
#[derive(Debug, Clone, Copy)]
pub struct AsIs;

/// Wraps what may be compressed.
pub async fn compress(
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<impl MessageBody>, Error> {
    let wanted = wanted(&request);
    let secret = Kind::of(request.method(), request.match_info().as_str()).may_hold_a_secret();
    let response = next.call(request).await?;
    let as_is = response.response().extensions().get::<AsIs>().is_some();
    Ok(response.map_body(|head, body| {
        let coding = if !secret && !as_is && is_worth_it(head, body.size()) {
            head.headers_mut().append(header::VARY, HeaderValue::from_static("Accept-Encoding"));
            wanted
        } else {
            ContentEncoding::Identity
        };
        if coding != ContentEncoding::Identity {
            weaken_tag(head);
        }
        Encoder::response(coding, head, body)
    }))
}

/// The best coding that both know; plain bytes for those who name none of ours, since every client can read them.
fn wanted(request: &ServiceRequest) -> ContentEncoding {
    let ours = [Encoding::identity(), Encoding::brotli(), Encoding::zstd(), Encoding::gzip()];
    match request.get_header::<AcceptEncoding>().and_then(|accept| accept.negotiate(ours.iter())) {
        Some(Encoding::Known(coding)) => coding,
        Some(Encoding::Unknown(_)) | None => ContentEncoding::Identity,
    }
}

fn is_worth_it(head: &ResponseHead, size: BodySize) -> bool {
    let large = match size {
        BodySize::Sized(bytes) => bytes >= LEAST_BYTES,
        BodySize::Stream => true,
        BodySize::None => false,
    };
    let media = head.headers().get(header::CONTENT_TYPE).and_then(|media| media.to_str().ok()).unwrap_or_default();
    let media = media.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    // An event must leave at once, not when there is enough of it.
    let text = media.starts_with("text/") && media != "text/event-stream"
        || media.ends_with("json")
        || media.ends_with("javascript")
        || media.ends_with("xml");
    let plain = !head.headers().contains_key(header::CONTENT_ENCODING);
    large && text && plain && head.status == StatusCode::OK
}

/// The same content in another coding is another representation: a strong tag would say that its bytes are the same.
fn weaken_tag(head: &mut ResponseHead) {
    let strong = head.headers().get(header::ETAG).and_then(|tag| tag.to_str().ok()).filter(|tag| tag.starts_with('"'));
    if let Some(weak) = strong.and_then(|tag| HeaderValue::try_from(format!("W/{tag}")).ok()) {
        head.headers_mut().insert(header::ETAG, weak);
    }
}
