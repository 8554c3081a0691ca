//! The bearer token of a request, and the challenges of bearer schemes (RFC 6750).

use http::header::{AUTHORIZATION, HeaderMap, HeaderValue};

/// Returns the token of `Authorization: Bearer` (RFC 6750 §2.1), or `None` if the request has no
/// such header. The word `Bearer` is case-insensitive.
pub(crate) fn bearer(headers: &HeaderMap) -> Option<&str> {
    let (scheme, token) = headers.get(AUTHORIZATION)?.to_str().ok()?.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim_start())
}

/// Returns the challenge of a 401: `invalid_token` if the request has a token, otherwise without an
/// error code (RFC 6750 §3.1).
pub(crate) fn challenge(has_token: bool) -> HeaderValue {
    HeaderValue::from_static(match has_token {
        true => r#"Bearer error="invalid_token""#,
        false => "Bearer",
    })
}

/// Returns the challenge of a 403 for a client that does not have the required scopes (RFC 6750
/// §3.1), which lists these scopes. `None` if a scope is not valid in a header.
pub(crate) fn insufficient_scope(scopes: &[String]) -> Option<HeaderValue> {
    let scopes = scopes.join(" ");
    HeaderValue::try_from(format!(r#"Bearer error="insufficient_scope", scope="{scopes}""#)).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_scheme_name_bearer_is_case_insensitive() {
        let token = |text| {
            let headers = HeaderMap::from_iter([(AUTHORIZATION, HeaderValue::from_static(text))]);
            bearer(&headers).map(str::to_owned)
        };
        assert_eq!(token("Bearer abc").as_deref(), Some("abc"));
        assert_eq!(token("bearer  abc").as_deref(), Some("abc"));
        assert_eq!(token("Basic abc"), None);
        assert_eq!(token("Bearer"), None);
    }
}
