//! Addresses as logs may show them: some hold a token that opens something.

use std::borrow::Cow;

/// What stands before a token in an address.
const BEFORE_TOKENS: [&str; 3] = ["/api/v1/invitations/", "/api/v1/preview/sessions/", "/api/v1/preview/bundles/"];

/// A path without the tokens in it, given as it was sent and as it is understood.
pub fn masked<'a>(sent: &'a str, decoded: &str) -> Cow<'a, str> {
    let Some(before) = BEFORE_TOKENS.into_iter().find(|before| decoded.starts_with(before)) else { return sent.into() };
    // Where it was written in another way, or the token has no letters, nothing tells where the token ends.
    let rest = sent.strip_prefix(before).and_then(|rest| rest.split_once('/')).filter(|(token, _)| !token.is_empty());
    let after = rest.map_or("", |(_, after)| after);
    format!("{before}…/{after}").into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_are_left_out_and_everything_else_is_kept() {
        for (sent, shown) in [
            ("/api/v1/invitations/hsi_abc/accept", "/api/v1/invitations/…/accept"),
            ("/api/v1/invitations/hsi_abc", "/api/v1/invitations/…/"),
            ("/api/v1/invitations//hsi_abc", "/api/v1/invitations/…/"),
            ("/api/v1/projects/1/invitations/2", "/api/v1/projects/1/invitations/2"),
            ("/health", "/health"),
        ] {
            assert_eq!(masked(sent, sent), shown);
        }
    }

    #[test]
    fn tokens_are_left_out_however_the_address_is_written() {
        let (sent, decoded) = ("/api/v1/%69nvitations/hsi_abc/accept", "/api/v1/invitations/hsi_abc/accept");
        assert_eq!(masked(sent, decoded), "/api/v1/invitations/…/");
    }
}
