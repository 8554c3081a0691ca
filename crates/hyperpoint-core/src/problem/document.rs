//! The problem document: the status, the public text and the private cause of an error response.

use std::borrow::Cow;
use std::error::Error;
use std::fmt;

use bytes::Bytes;
use http::header::{CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue};
use http::{Response, StatusCode};
use serde::ser::{Serialize, Serializer};

use super::about::About;
use super::excerpt::excerpt;
use super::members::{FieldError, Members};
use crate::framing::is_framing;

/// The default error code of a field.
pub(super) const INVALID: &str = "invalid";

/// Maximum number of entries in `errors`, so that a client cannot make the document too large.
pub(super) const MAX_ERRORS: usize = 100;

/// Maximum length of a name or a reason in `errors`, in characters.
const MAX_ERROR_CHARS: usize = 1_000;

/// An error response: a problem document of [RFC 9457](https://www.rfc-editor.org/rfc/rfc9457).
///
/// The values that its methods set are sent to the client, except for the private cause
/// ([`caused_by`](Self::caused_by)). If `?` converts an error, the error becomes the private cause
/// of a 500: its text is logged, and the client gets no details, unless a rule of
/// `Host::problem_for` converts the error to another problem. Because `?` converts every error,
/// `Problem` does not implement [`Error`] itself; use [`Problem::into_error`].
///
/// # Examples
///
/// ```
/// use hyperpoint::http::StatusCode;
/// use hyperpoint::Problem;
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
pub struct Problem(pub(super) Box<Members>);

impl Problem {
    /// Creates a problem with this status. Its title is the reason phrase of the status.
    ///
    /// # Examples
    ///
    /// ```
    /// use hyperpoint::Problem;
    /// use hyperpoint::http::StatusCode;
    ///
    /// assert_eq!(Problem::new(StatusCode::CONFLICT).status(), 409);
    /// ```
    #[must_use]
    pub fn new(status: StatusCode) -> Self {
        Self(Box::new(Members {
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

    /// Creates a 500 with this private cause, which is logged and never sent.
    ///
    /// # Examples
    ///
    /// ```
    /// use hyperpoint::Problem;
    ///
    /// let problem = Problem::internal("the disk is full");
    /// assert_eq!(problem.status(), 500);
    /// assert!(!problem.to_json().contains("disk"));
    /// ```
    pub fn internal(source: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        let mut problem = Self::new(StatusCode::INTERNAL_SERVER_ERROR);
        problem.0.source = Some(source.into());
        problem
    }

    /// Returns the status of the response.
    #[must_use]
    pub fn status(&self) -> StatusCode {
        self.0.status
    }

    /// Returns the private cause, which is logged and never sent, or `None` if it is unset.
    #[must_use]
    pub fn private_source(&self) -> Option<&(dyn Error + Send + Sync + 'static)> {
        self.0.source.as_deref()
    }

    /// Sets `type`: a URI that identifies the kind of problem. Default: `about:blank`.
    ///
    /// # Examples
    ///
    /// ```
    /// use hyperpoint::Problem;
    /// use hyperpoint::http::StatusCode;
    ///
    /// let problem = Problem::new(StatusCode::FORBIDDEN)
    ///     .kind("https://shop.example/problems/out-of-credit")
    ///     .title("You do not have enough credit.")
    ///     .detail("Your balance is 30, but the order costs 50.");
    /// assert!(problem.to_json().contains("out-of-credit"));
    /// ```
    #[must_use]
    pub fn kind(mut self, uri: impl Into<String>) -> Self {
        self.0.kind = Some(uri.into());
        self
    }

    /// Sets `title`: a short summary of the kind of problem, the same for each occurrence. Default:
    /// the reason phrase of the status.
    ///
    /// # Examples
    ///
    /// ```
    /// use hyperpoint::Problem;
    /// use hyperpoint::http::StatusCode;
    ///
    /// let problem = Problem::new(StatusCode::CONFLICT).title("The room is taken.");
    /// assert!(problem.to_json().contains(r#""title":"The room is taken.""#));
    /// ```
    #[must_use]
    pub fn title(mut self, title: impl Into<String>) -> Self {
        self.0.title = Some(title.into());
        self
    }

    /// Sets `detail`: an explanation of this occurrence, sent to the client. Default: none.
    ///
    /// # Examples
    ///
    /// ```
    /// use hyperpoint::Problem;
    /// use hyperpoint::http::StatusCode;
    ///
    /// let problem = Problem::new(StatusCode::CONFLICT).detail("room 7 is taken until 15:00");
    /// assert!(problem.to_json().contains("until 15:00"));
    /// ```
    #[must_use]
    pub fn detail(mut self, detail: impl Into<String>) -> Self {
        self.0.detail = Some(detail.into());
        self
    }

    /// Adds an entry to `errors`: the name of a field as the client sent it, and the reason why it
    /// is invalid. Its code is `invalid`.
    ///
    /// The document lists the first 100 entries and counts the others in `moreErrors`. A name or a
    /// reason of more than 1,000 characters is truncated and ends in `…`.
    ///
    /// # Examples
    ///
    /// ```
    /// use hyperpoint::Problem;
    /// use hyperpoint::http::StatusCode;
    ///
    /// let problem = Problem::new(StatusCode::BAD_REQUEST)
    ///     .error("name", "must not be empty")
    ///     .error_with_code("age", "out_of_range", "must be below 150");
    /// assert!(problem.to_json().contains("out_of_range"));
    /// ```
    #[must_use]
    pub fn error(self, name: impl Into<String>, reason: impl Into<String>) -> Self {
        self.error_with_code(name, INVALID, reason)
    }

    /// Adds an entry to `errors`, with a machine-readable code that is independent of the reason.
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

    /// Increases the number of errors that are counted but not listed.
    pub(super) fn more_errors(mut self, count: usize) -> Self {
        self.0.more_errors += count;
        self
    }

    /// Adds a header to the response, such as `Retry-After`. Ignores `content-type`, which the body
    /// determines, and the headers that frame the body (`content-length`, `transfer-encoding`,
    /// `connection`), because the connection sets them.
    ///
    /// # Examples
    ///
    /// ```
    /// use hyperpoint::Problem;
    /// use hyperpoint::http::StatusCode;
    /// use hyperpoint::http::header::{HeaderValue, RETRY_AFTER};
    ///
    /// let problem = Problem::new(StatusCode::SERVICE_UNAVAILABLE)
    ///     .header(RETRY_AFTER, HeaderValue::from_static("30"));
    /// assert_eq!(problem.into_response().headers()[RETRY_AFTER], "30");
    /// ```
    #[must_use]
    pub fn header(mut self, name: HeaderName, value: HeaderValue) -> Self {
        if !is_framing(&name) {
            self.0.headers.append(name, value);
        }
        self
    }

    /// Sets the private cause, which is logged and never sent.
    ///
    /// # Examples
    ///
    /// ```
    /// use hyperpoint::Problem;
    /// use hyperpoint::http::StatusCode;
    ///
    /// let error = std::io::Error::other("connection refused");
    /// let problem = Problem::new(StatusCode::BAD_GATEWAY).detail("try again later").caused_by(error);
    /// assert!(problem.private_source().is_some());
    /// ```
    #[must_use]
    pub fn caused_by(mut self, source: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        self.0.source = Some(source.into());
        self
    }

    /// Converts the problem to a [`std::error::Error`], for interfaces that require one. `?`
    /// converts it back to the same problem.
    ///
    /// # Examples
    ///
    /// ```
    /// use hyperpoint::Problem;
    /// use hyperpoint::http::StatusCode;
    ///
    /// let error = Problem::new(StatusCode::GONE).detail("sold out").into_error();
    /// assert_eq!(error.to_string(), "410 Gone: sold out");
    /// assert_eq!(Problem::from(error).status(), 410);
    /// ```
    #[must_use]
    pub fn into_error(self) -> Box<dyn Error + Send + Sync> {
        Box::new(ProblemError(self))
    }

    /// Sets `instance` and `traceId` from the request, unless they are set already. `instance` is
    /// the path without the query, which may contain secrets. `traceId` is from the request's span
    /// if the host traces requests, otherwise from a valid `traceparent`, otherwise random.
    ///
    /// # Examples
    ///
    /// ```
    /// use hyperpoint::Problem;
    /// use hyperpoint::http::StatusCode;
    ///
    /// let (request, ()) = hyperpoint::http::Request::get("/users/7?a=b").body(())?.into_parts();
    /// let problem = Problem::new(StatusCode::GONE).about(&request);
    /// assert!(problem.to_json().contains(r#""instance":"/users/7""#));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn about(mut self, request: impl Into<About>) -> Self {
        let about = request.into();
        self.0.instance.get_or_insert_with(|| about.path().to_owned());
        self.0.trace_id.get_or_insert_with(|| {
            about.trace_id().unwrap_or_else(|| uuid::Uuid::new_v4().simple().to_string())
        });
        self
    }

    /// Logs the problem with its private cause: at level `ERROR` for a 5xx, at level `DEBUG`
    /// otherwise.
    pub fn log(&self) {
        let Members { status, instance, trace_id, source, .. } = &*self.0;
        let (status, path) = (status.as_u16(), instance.as_deref().unwrap_or_default());
        let trace_id = trace_id.as_deref().unwrap_or_default();
        let cause = source.as_deref().map(|source| Chain(source).to_string());
        if self.0.status.is_server_error() {
            tracing::error!(status, path, trace_id, cause, "request failed");
        } else {
            tracing::debug!(status, path, trace_id, cause, "request refused");
        }
    }

    /// Returns the document as JSON.
    #[must_use]
    pub fn to_json(&self) -> String {
        serde_json::to_string(self).unwrap_or_else(|_| r#"{"title":"Problem"}"#.to_owned())
    }

    /// Converts the document to an HTTP response.
    ///
    /// # Examples
    ///
    /// ```
    /// use hyperpoint::Problem;
    /// use hyperpoint::http::StatusCode;
    ///
    /// let response = Problem::new(StatusCode::GONE).into_response();
    /// assert_eq!(response.headers()["content-type"], "application/problem+json");
    /// ```
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
        self.0.serialize(serializer)
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

/// A wrapper of a problem that implements [`Error`]. Created by [`Problem::into_error`].
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

/// Displays an error and its sources on one line.
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
    fn the_document_contains_the_path_and_the_trace_but_no_query_and_no_cause() {
        let parent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
        let problem = Problem::from("the disk is full").about(&request(Some(parent)));
        insta::assert_snapshot!(problem.to_json(), @r#"{"type":"about:blank","title":"Internal Server Error","status":500,"instance":"/users/7","traceId":"4bf92f3577b34da6a3ce929d0e0e4736"}"#);
        assert_eq!(problem.private_source().unwrap().to_string(), "the disk is full");
    }

    #[test]
    fn a_request_without_a_valid_trace_gets_a_trace_id() {
        for parent in [None, Some("00-00000000000000000000000000000000-1-01"), Some("junk")] {
            let problem = Problem::new(StatusCode::CONFLICT).about(&request(parent));
            assert_eq!(problem.0.trace_id.unwrap().len(), 32);
        }
    }

    #[test]
    fn the_document_lists_fields_with_name_and_reason() {
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
    fn a_problem_survives_the_conversion_to_an_error_and_back() {
        let error = Problem::new(StatusCode::GONE).detail("sold out").into_error();
        assert_eq!(error.to_string(), "410 Gone: sold out");
        assert_eq!(Problem::from(error).status(), StatusCode::GONE);
    }
}
