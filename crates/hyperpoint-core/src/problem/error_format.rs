//! Application-defined formats of error responses.

use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use bytes::Bytes;
use http::Response;
use http::header::{CONTENT_TYPE, HeaderValue};
use serde::Serialize;

use super::document::Problem;
use super::public_problem::PublicProblem;

type Render = dyn Fn(&PublicProblem<'_>) -> ErrorBody + Send + Sync;

/// The format of the bodies of error responses. Default: problem documents.
#[derive(Clone, Default)]
pub struct ErrorFormat(Option<Arc<Render>>);

impl ErrorFormat {
    /// Creates a format from a function that renders the body of an error response.
    pub fn new(render: impl Fn(&PublicProblem<'_>) -> ErrorBody + Send + Sync + 'static) -> Self {
        Self(Some(Arc::new(render)))
    }

    /// Returns whether a format is set. If not, error responses are problem documents.
    #[must_use]
    pub fn is_set(&self) -> bool {
        self.0.is_some()
    }

    /// Returns this format if it is set, otherwise the format of the outer level.
    #[must_use]
    pub fn or(&self, outer: &Self) -> Self {
        if self.is_set() { self.clone() } else { outer.clone() }
    }

    /// Converts a problem to a response with the status and the headers of the problem. If no
    /// format is set, or if its function panics or returns an invalid body, the body is the problem
    /// document.
    #[must_use]
    pub fn respond(&self, problem: Problem) -> Response<Bytes> {
        let Some(render) = &self.0 else {
            return problem.into_response();
        };
        let rendered = catch_unwind(AssertUnwindSafe(|| render(&problem.public())));
        let fault = match rendered.map(|body| body.0) {
            Ok(Ok(content)) => return with_content(problem, content),
            Ok(Err(fault)) => fault,
            Err(_) => "the function panicked".to_owned(),
        };
        tracing::error!(fault, "an error format failed; sending a problem document instead");
        problem.into_response()
    }
}

impl fmt::Debug for ErrorFormat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("ErrorFormat").field(&self.is_set()).finish()
    }
}

/// Converts a problem to a response with this content in place of the problem document. `None` is
/// an empty body.
fn with_content(problem: Problem, content: Option<Content>) -> Response<Bytes> {
    let mut response = problem.into_response();
    if let Some(Content { content_type, bytes }) = content {
        response.headers_mut().insert(CONTENT_TYPE, content_type);
        *response.body_mut() = bytes;
    } else {
        response.headers_mut().remove(CONTENT_TYPE);
        *response.body_mut() = Bytes::new();
    }
    response
}

/// The body of an error response, which an error format returns.
///
/// # Examples
///
/// ```
/// use hyperpoint::{ErrorBody, PublicProblem};
///
/// fn as_text(problem: &PublicProblem<'_>) -> ErrorBody {
///     ErrorBody::new("text/plain; charset=utf-8", problem.title().to_owned())
/// }
/// # let _ = as_text;
/// ```
#[derive(Debug)]
#[must_use = "return it from the error format"]
pub struct ErrorBody(Result<Option<Content>, String>);

#[derive(Debug)]
struct Content {
    content_type: HeaderValue,
    bytes: Bytes,
}

impl ErrorBody {
    /// Creates a body with this content type. If the content type is invalid, the client gets the
    /// problem document instead, and the error is logged.
    pub fn new(content_type: &str, body: impl Into<Bytes>) -> Self {
        Self(
            typed(content_type)
                .map(|content_type| Some(Content { content_type, bytes: body.into() })),
        )
    }

    /// Creates a JSON body, with the content type `application/json`. If serialization fails, the
    /// client gets the problem document instead, and the error is logged.
    ///
    /// # Examples
    ///
    /// ```
    /// use hyperpoint::{ErrorBody, PublicProblem};
    /// use serde_json::json;
    ///
    /// fn as_json_api(problem: &PublicProblem<'_>) -> ErrorBody {
    ///     let error = json!({ "status": problem.status().as_str(), "title": problem.title() });
    ///     ErrorBody::json(&json!({ "errors": [error] })).content_type("application/vnd.api+json")
    /// }
    /// # let _ = as_json_api;
    /// ```
    pub fn json(value: &impl Serialize) -> Self {
        match serde_json::to_vec(value) {
            Ok(json) => Self::new("application/json", json),
            Err(error) => Self(Err(error.to_string())),
        }
    }

    /// Creates an empty body, without a content type.
    pub fn empty() -> Self {
        Self(Ok(None))
    }

    /// Sets the content type of the body. Has no effect on an empty body. If the content type is
    /// invalid, the client gets the problem document instead, and the error is logged.
    pub fn content_type(self, content_type: &str) -> Self {
        Self(self.0.and_then(|content| match content {
            Some(Content { bytes, .. }) => {
                typed(content_type).map(|content_type| Some(Content { content_type, bytes }))
            }
            None => Ok(None),
        }))
    }
}

/// Converts a content type to a header value. Returns an error message if the content type is
/// invalid or empty.
fn typed(content_type: &str) -> Result<HeaderValue, String> {
    let value = HeaderValue::try_from(content_type).ok().filter(|value| !value.is_empty());
    value.ok_or_else(|| format!("`{content_type}` is not a content type"))
}

#[cfg(test)]
mod tests {
    use http::StatusCode;
    use http::header::RETRY_AFTER;

    use super::*;

    fn respond(format: &ErrorFormat) -> (Option<String>, String) {
        let problem = Problem::new(StatusCode::SERVICE_UNAVAILABLE)
            .header(RETRY_AFTER, HeaderValue::from_static("7"))
            .caused_by("a private text");
        let response = format.respond(problem);
        assert_eq!(
            (response.status().as_u16(), &response.headers()[RETRY_AFTER]),
            (503, &"7".parse().unwrap())
        );
        let content_type = response.headers().get(CONTENT_TYPE);
        let content_type = content_type.map(|value| value.to_str().unwrap().to_owned());
        (content_type, String::from_utf8(response.body().to_vec()).unwrap())
    }

    #[test]
    fn status_and_headers_are_kept_and_the_content_is_that_of_the_format() {
        let text = respond(&ErrorFormat::new(|problem| {
            assert!(!format!("{problem:?}").contains("private"));
            ErrorBody::new("text/plain", problem.title().to_owned())
        }));
        assert_eq!(text, (Some("text/plain".into()), "Service Unavailable".into()));
        let typed = ErrorFormat::new(|_| ErrorBody::json(&[7]).content_type("application/x+json"));
        assert_eq!(respond(&typed), (Some("application/x+json".into()), "[7]".into()));
        assert_eq!(respond(&ErrorFormat::new(|_| ErrorBody::empty())), (None, String::new()));
    }

    #[test]
    fn a_format_that_fails_gives_the_problem_document() {
        let document = respond(&ErrorFormat::default());
        assert_eq!(document.0.as_deref(), Some("application/problem+json"));
        let no_json = std::collections::HashMap::from([((1, 2), 3)]);
        for format in [
            ErrorFormat::new(|_| panic!("a deliberate panic in an error format")),
            ErrorFormat::new(|_| ErrorBody::new("text/plain\r\nx: y", "")),
            ErrorFormat::new(|_| ErrorBody::new("", "")),
            ErrorFormat::new(|_| ErrorBody::json(&7).content_type("\n")),
            ErrorFormat::new(move |_| ErrorBody::json(&no_json)),
        ] {
            assert_eq!(respond(&format), document);
        }
    }
}
