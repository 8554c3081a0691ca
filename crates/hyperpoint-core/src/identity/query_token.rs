//! Tokens in the query of a request URI.

use std::fmt;

use http::uri::PathAndQuery;
use http::{Uri, request};

/// A token that was removed from the query of a request URI. The host inserts the token into the
/// request extensions for endpoints that set `config.allow_query_token(…)`.
///
/// Its `Debug` output omits the value.
///
/// # Examples
///
/// ```
/// use hyperpoint::http::{Request, Uri};
/// use hyperpoint::QueryToken;
///
/// let mut uri = Uri::from_static("/prices?access_token=secret&of=tea");
/// let token = QueryToken::take(&mut uri, "access_token");
/// assert_eq!(uri, "/prices?of=tea");
///
/// let (mut request, ()) = Request::get(uri).body(()).unwrap().into_parts();
/// request.extensions.insert(token.unwrap());
/// assert_eq!(QueryToken::of(&request), Some("secret"));
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct QueryToken {
    field: String,
    value: String,
}

impl QueryToken {
    /// Returns the value of the token that was removed from the request's query, or `None` if the
    /// host removed no token.
    #[must_use]
    pub fn of(request: &request::Parts) -> Option<&str> {
        request.extensions.get::<Self>().map(|token| token.value.as_str())
    }

    /// Removes all query fields of this name from the URI. Returns a token with the decoded value
    /// of the first field, or `None` if there is no such field.
    #[must_use]
    pub fn take(uri: &mut Uri, field: &str) -> Option<Self> {
        let query = uri.query()?;
        let is_taken = |pair: &&str| {
            form_urlencoded::parse(pair.as_bytes()).next().is_some_and(|(name, _)| name == field)
        };
        let first = query.split('&').find(is_taken)?;
        let (_, value) = form_urlencoded::parse(first.as_bytes()).next()?;
        let token = Self { field: field.to_owned(), value: value.into_owned() };
        let rest: Vec<_> = query.split('&').filter(|pair| !is_taken(pair)).collect();
        let mut target = uri.path().to_owned();
        if !rest.is_empty() {
            target = format!("{target}?{}", rest.join("&"));
        }
        let mut parts = uri.clone().into_parts();
        parts.path_and_query = Some(PathAndQuery::try_from(target).ok()?);
        *uri = Uri::from_parts(parts).ok()?;
        Some(token)
    }

    /// Returns the name of the query field that contained the token.
    #[must_use]
    pub fn field(&self) -> &str {
        &self.field
    }
}

impl fmt::Debug for QueryToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("QueryToken").field("field", &self.field).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(uri: &str, rest: &str, value: Option<&str>) {
        let mut uri: Uri = uri.parse().unwrap();
        let token = QueryToken::take(&mut uri, "t");
        assert_eq!(token.map(|token| token.value).as_deref(), value);
        assert_eq!(uri, rest);
    }

    #[test]
    fn all_fields_of_the_name_are_removed_and_other_fields_are_unchanged() {
        check("/a", "/a", None);
        check("/a?b=%20", "/a?b=%20", None);
        check("/a?t=x", "/a", Some("x"));
        check("/a?b=%20&t=x%2By&c", "/a?b=%20&c", Some("x+y"));
        check("/a?%74=x&t=y", "/a", Some("x"));
        check("/a?t", "/a", Some(""));
        check("http://host:80/a?t=x&b", "http://host:80/a?b", Some("x"));
    }

    #[test]
    fn debug_output_omits_the_value() {
        let token = QueryToken::take(&mut Uri::from_static("/?t=secret"), "t");
        assert!(!format!("{token:?}").contains("secret"));
    }
}
