//! The problem document: status, public text and private source of one refusal.

use std::borrow::Cow;
use std::error::Error;
use std::fmt;

use bytes::Bytes;
use http::header::{CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue};
use http::{Response, StatusCode};
use serde::ser::{Serialize, SerializeMap, Serializer};

use super::about::About;
use super::excerpt::excerpt;
use crate::framing::is_framing;

type Source = Box<dyn Error + Send + Sync>;

/// The code of a field of which no other is told.
pub(super) const INVALID: &str = "invalid";

/// Maximum number of entries in `errors`. A client chooses how many fields it gets wrong.
pub(super) const MAX_ERRORS: usize = 100;

/// Maximum length of a name or a reason in `errors`, in characters.
const MAX_ERROR_CHARS: usize = 1_000;

/// A refusal, as a problem document of [RFC 9457](https://www.rfc-editor.org/rfc/rfc9457).
///
/// What is set through its methods is public. The error that `?` turned into a problem is private:
/// the client reads a plain 500, the log gets the text. That blanket conversion is why `Problem`
/// is itself no [`Error`]; [`Problem::into_error`] makes one where one is needed.
///
/// # Example
///
/// ```
/// use http::StatusCode;
/// use hyperpoint_core::Problem;
///
/// fn parse(text: &str) -> Result<u32, Problem> {
///     Ok(text.parse::<u32>()?)
/// }
///
/// assert_eq!(parse("x").map_err(|problem| problem.status()), Err(StatusCode::INTERNAL_SERVER_ERROR));
///
/// let gone = Problem::new(StatusCode::GONE).detail("the room was closed yesterday");
/// assert_eq!(gone.status(), 410);
/// ```
pub struct Problem(Box<Document>);

struct Document {
    status: StatusCode,
    kind: Option<String>,
    title: Option<String>,
    detail: Option<String>,
    instance: Option<String>,
    trace_id: Option<String>,
    errors: Vec<FieldError>,
    /// Number of errors that are not listed.
    more_errors: usize,
    headers: HeaderMap,
    source: Option<Source>,
}

/// One field that was refused, and why.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
struct FieldError {
    name: String,
    reason: String,
    code: Cow<'static, str>,
}

impl Problem {
    /// A problem of this status, titled with the status's own phrase.
    #[must_use]
    pub fn new(status: StatusCode) -> Self {
        Self(Box::new(Document {
            status,
            kind: None,
            title: None,
            detail: None,
            instance: None,
            trace_id: None,
            errors: Vec::new(),
            more_errors: 0,
            headers: HeaderMap::new(),
            source: None,
        }))
    }

    /// A 500 whose cause is logged and never sent.
    pub fn internal(source: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        let mut problem = Self::new(StatusCode::INTERNAL_SERVER_ERROR);
        problem.0.source = Some(source.into());
        problem
    }

    /// The status that the client gets.
    #[must_use]
    pub fn status(&self) -> StatusCode {
        self.0.status
    }

    /// The error behind the problem, which is logged and never sent.
    #[must_use]
    pub fn private_source(&self) -> Option<&(dyn Error + Send + Sync + 'static)> {
        self.0.source.as_deref()
    }

    /// Sets `type`: a URI that names this kind of problem. Unset, it is `about:blank`.
    #[must_use]
    pub fn kind(mut self, uri: impl Into<String>) -> Self {
        self.0.kind = Some(uri.into());
        self
    }

    /// Sets `title`: the kind of problem in a few words, the same for each occurrence.
    #[must_use]
    pub fn title(mut self, title: impl Into<String>) -> Self {
        self.0.title = Some(title.into());
        self
    }

    /// Sets `detail`: what went wrong this time, told to the client.
    #[must_use]
    pub fn detail(mut self, detail: impl Into<String>) -> Self {
        self.0.detail = Some(detail.into());
        self
    }

    /// Adds to `errors`: one field of the request, by the name that the client used, and why it
    /// was refused. Its code is `invalid`.
    ///
    /// The document lists the first 100 errors and counts the rest in `moreErrors`. A name or a
    /// reason of more than 1,000 characters is cut, and ends in `…`.
    #[must_use]
    pub fn error(self, name: impl Into<String>, reason: impl Into<String>) -> Self {
        self.error_with_code(name, INVALID, reason)
    }

    /// Adds to `errors`, with a code by which programs know what is wrong, whatever its text.
    #[must_use]
    pub fn error_with_code(
        mut self,
        name: impl Into<String>,
        code: impl Into<Cow<'static, str>>,
        reason: impl Into<String>,
    ) -> Self {
        if self.0.errors.len() == MAX_ERRORS {
            return self.more_errors(1);
        }
        let (name, reason, code) = (cut(name.into()), cut(reason.into()), code.into());
        self.0.errors.push(FieldError { name, reason, code });
        self
    }

    /// Counts errors that are not listed.
    pub(super) fn more_errors(mut self, count: usize) -> Self {
        self.0.more_errors += count;
        self
    }

    /// Adds a header to the answer, such as `Retry-After`. Those that frame the body are the
    /// connection's, and passed over.
    #[must_use]
    pub fn header(mut self, name: HeaderName, value: HeaderValue) -> Self {
        if !is_framing(&name) {
            self.0.headers.append(name, value);
        }
        self
    }

    /// Keeps the private cause beside the public text, for the log.
    #[must_use]
    pub fn caused_by(mut self, source: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        self.0.source = Some(source.into());
        self
    }

    /// The same problem as a [`std::error::Error`], for interfaces that ask for one.
    #[must_use]
    pub fn into_error(self) -> Box<dyn Error + Send + Sync> {
        Box::new(ProblemError(self))
    }

    /// Fills `instance` (the path, without the query, which may hold secrets) and `traceId` (of
    /// the request's `traceparent`, or a fresh one) from the request that the problem answers.
    #[must_use]
    pub fn about(mut self, request: impl Into<About>) -> Self {
        let about = request.into();
        self.0.instance.get_or_insert_with(|| about.path().to_owned());
        self.0.trace_id.get_or_insert_with(|| {
            about.trace_id().unwrap_or_else(|| uuid::Uuid::new_v4().simple().to_string())
        });
        self
    }

    /// Writes the private cause to the log, as an error for a 5xx and for debugging otherwise.
    pub fn log(&self) {
        let Document { status, instance, trace_id, source, .. } = &*self.0;
        let (status, path) = (status.as_u16(), instance.as_deref().unwrap_or_default());
        let trace_id = trace_id.as_deref().unwrap_or_default();
        let cause = source.as_deref().map(|source| Chain(source).to_string());
        if self.0.status.is_server_error() {
            tracing::error!(status, path, trace_id, cause, "request failed");
        } else {
            tracing::debug!(status, path, trace_id, cause, "request refused");
        }
    }

    /// The document as JSON.
    #[must_use]
    pub fn to_json(&self) -> String {
        serde_json::to_string(self).unwrap_or_else(|_| r#"{"title":"Problem"}"#.to_owned())
    }

    /// The document as an HTTP answer.
    #[must_use]
    pub fn into_response(self) -> Response<Bytes> {
        let mut response = Response::new(Bytes::from(self.to_json()));
        *response.status_mut() = self.0.status;
        *response.headers_mut() = self.0.headers;
        response
            .headers_mut()
            .insert(CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
        response
    }
}

impl<E: Into<Box<dyn Error + Send + Sync>>> From<E> for Problem {
    fn from(error: E) -> Self {
        let source = error.into();
        match source.downcast::<ProblemError>() {
            Ok(problem) => problem.0,
            Err(source) => Self::internal(source),
        }
    }
}

impl Serialize for Problem {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let document = &*self.0;
        let phrase = document.status.canonical_reason().unwrap_or("Problem");
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("type", document.kind.as_deref().unwrap_or("about:blank"))?;
        map.serialize_entry("title", document.title.as_deref().unwrap_or(phrase))?;
        map.serialize_entry("status", &document.status.as_u16())?;
        let optional = [
            ("detail", &document.detail),
            ("instance", &document.instance),
            ("traceId", &document.trace_id),
        ];
        for (name, value) in optional {
            if let Some(value) = value {
                map.serialize_entry(name, value)?;
            }
        }
        if !document.errors.is_empty() {
            map.serialize_entry("errors", &document.errors)?;
        }
        if document.more_errors > 0 {
            map.serialize_entry("moreErrors", &document.more_errors)?;
        }
        map.end()
    }
}

impl fmt::Debug for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Problem")
            .field("public", &self.to_json())
            .field("source", &self.0.source)
            .finish()
    }
}

fn cut(text: String) -> String {
    match excerpt(&text, MAX_ERROR_CHARS) {
        Cow::Owned(cut) => cut,
        Cow::Borrowed(_) => text,
    }
}

/// A problem where an error is asked for. Made by [`Problem::into_error`].
#[derive(Debug)]
struct ProblemError(Problem);

impl fmt::Display for ProblemError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let document = &*self.0.0;
        write!(f, "{}", document.status)?;
        match &document.detail {
            Some(detail) => write!(f, ": {detail}"),
            None => Ok(()),
        }
    }
}

impl Error for ProblemError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.0.0.source.as_deref().map(|source| source as _)
    }
}

/// An error with its sources, on one line.
struct Chain<'a>(&'a (dyn Error + 'static));

impl fmt::Display for Chain<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0)?;
        let mut next = self.0.source();
        while let Some(source) = next {
            write!(f, ": {source}")?;
            next = source.source();
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request(traceparent: Option<&str>) -> http::request::Parts {
        let mut request = http::Request::get("/users/7?token=secret");
        if let Some(value) = traceparent {
            request = request.header("traceparent", value);
        }
        request.body(()).unwrap().into_parts().0
    }

    #[test]
    fn the_document_tells_the_path_and_the_trace_but_no_query_and_no_cause() {
        let parent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
        let problem = Problem::from("the disk is full").about(&request(Some(parent)));
        insta::assert_snapshot!(problem.to_json(), @r#"{"type":"about:blank","title":"Internal Server Error","status":500,"instance":"/users/7","traceId":"4bf92f3577b34da6a3ce929d0e0e4736"}"#);
        assert_eq!(problem.private_source().unwrap().to_string(), "the disk is full");
    }

    #[test]
    fn a_request_without_a_trace_gets_one() {
        for parent in [None, Some("00-00000000000000000000000000000000-1-01"), Some("junk")] {
            let problem = Problem::new(StatusCode::CONFLICT).about(&request(parent));
            assert_eq!(problem.0.trace_id.unwrap().len(), 32);
        }
    }

    #[test]
    fn fields_are_listed_by_name_and_reason() {
        let problem = Problem::new(StatusCode::BAD_REQUEST)
            .kind("https://example.org/invalid")
            .title("Invalid")
            .detail("two fields are wrong")
            .error("name", "must not be empty")
            .error("age", "must be a number");
        insta::assert_snapshot!(problem.to_json(), @r#"{"type":"https://example.org/invalid","title":"Invalid","status":400,"detail":"two fields are wrong","errors":[{"name":"name","reason":"must not be empty","code":"invalid"},{"name":"age","reason":"must be a number","code":"invalid"}]}"#);
    }

    #[test]
    fn a_document_lists_a_hundred_errors_and_counts_the_rest() {
        let problem = (0..102).fold(Problem::new(StatusCode::BAD_REQUEST), |problem, index| {
            problem.error(format!("f{index}"), "x".repeat(5_000))
        });
        let document: serde_json::Value = serde_json::from_str(&problem.to_json()).unwrap();
        let errors = document["errors"].as_array().unwrap();
        assert_eq!((errors.len(), document["moreErrors"].as_u64()), (100, Some(2)));
        assert_eq!(errors[99]["reason"].as_str().unwrap().chars().count(), 1_001);
        assert!(!Problem::new(StatusCode::GONE).error("a", "b").to_json().contains("moreErrors"));
    }

    #[test]
    fn a_problem_survives_the_way_through_an_error() {
        let error = Problem::new(StatusCode::GONE).detail("sold out").into_error();
        assert_eq!(error.to_string(), "410 Gone: sold out");
        assert_eq!(Problem::from(error).status(), StatusCode::GONE);
    }
}
