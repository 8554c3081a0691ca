//! Decoding of responses: JSON data as a Rust type, and problem documents.

use std::any::{TypeId, type_name};
use std::fmt;
use std::ops::{Deref, DerefMut};

use http::header::CONTENT_TYPE;
use http::{HeaderMap, StatusCode};
use serde::de::DeserializeOwned;

use crate::answer::Answer;
use crate::call_error::{CallError, Reason};
use crate::received_problem::ReceivedProblem;

/// A type that a response can be decoded as: any type that implements `DeserializeOwned`, which is
/// decoded from JSON, and `()`, for which the body is ignored. A response without JSON is decoded
/// as `null`, so that an `Option` is `None`.
///
/// # Examples
///
/// ```
/// use hyperpoint::prelude::*;
/// use hyperpoint_testing::{Answer, CallError};
///
/// #[derive(Deserialize)]
/// struct Item {
///     name: String,
/// }
///
/// fn name(answer: &Answer) -> Result<String, CallError> {
///     answer.json().map(|item: Item| item.name)
/// }
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be decoded from a response",
    label = "the response type of this endpoint",
    note = "add `#[derive(Deserialize)]` to it; read `Events` with `app.events::<E>(…)`"
)]
pub trait ReadAnswer: Sized + 'static {
    /// Decodes the value from JSON, or from `null` if `json` is `None` or the type is `()`.
    #[doc(hidden)]
    fn from_json(json: Option<&[u8]>) -> Result<Self, serde_json::Error>;
}

#[diagnostic::do_not_recommend]
impl<T: DeserializeOwned + 'static> ReadAnswer for T {
    fn from_json(json: Option<&[u8]>) -> Result<Self, serde_json::Error> {
        let is_unit = TypeId::of::<T>() == TypeId::of::<()>();
        serde_json::from_slice(json.filter(|_| !is_unit).unwrap_or(b"null"))
    }
}

impl Answer {
    /// Decodes the body as JSON into a `T`.
    ///
    /// # Errors
    ///
    /// Returns an error if this is an error response, or if the body cannot be decoded as a `T`.
    ///
    /// # Examples
    ///
    /// ```
    /// use hyperpoint_testing::{Answer, CallError};
    ///
    /// fn sum(answer: &Answer) -> Result<u32, CallError> {
    ///     Ok(answer.json::<Vec<u32>>()?.iter().sum())
    /// }
    /// ```
    pub fn json<T: ReadAnswer>(&self) -> Result<T, CallError> {
        if self.is_refusal() {
            let problem = self.read_problem().ok().map(Box::new);
            return Err(self.error(Reason::ErrorResponse(Box::new(self.clone()), problem)));
        }
        self.read_json()
    }

    /// Decodes the body as JSON, whatever the status of the response.
    fn read_json<T: ReadAnswer>(&self) -> Result<T, CallError> {
        let json = self.is_json().then_some(&*self.body);
        T::from_json(json).map_err(|error| {
            let fault = json.map(|_| format!(" ({error})")).unwrap_or_default();
            let expected = format!("JSON of type `{}`{fault}", type_name::<T>());
            self.error(Reason::UnexpectedBody(Box::new(self.clone()), expected))
        })
    }

    /// Decodes the problem document of an error response.
    ///
    /// # Errors
    ///
    /// Returns an error if the status is neither 4xx nor 5xx, or if the body is not a problem
    /// document.
    ///
    /// # Examples
    ///
    /// ```
    /// use hyperpoint_testing::{Answer, CallError};
    ///
    /// fn detail(answer: &Answer) -> Result<Option<String>, CallError> {
    ///     Ok(answer.problem()?.detail)
    /// }
    /// ```
    pub fn problem(&self) -> Result<ReceivedProblem, CallError> {
        self.expect_refusal()?;
        self.read_problem().map_err(|fault| {
            let expected = format!("a problem document ({fault})");
            self.error(Reason::UnexpectedBody(Box::new(self.clone()), expected))
        })
    }

    fn expect_refusal(&self) -> Result<(), CallError> {
        match self.is_refusal() {
            true => Ok(()),
            false => Err(self.error(Reason::NoErrorResponse(Box::new(self.clone())))),
        }
    }

    fn read_problem(&self) -> Result<ReceivedProblem, String> {
        if self.header(CONTENT_TYPE.as_str()) != Some("application/problem+json") {
            return Err("the content type is not `application/problem+json`".to_owned());
        }
        ReceivedProblem::read(self.status, &self.headers, &self.body)
            .map_err(|error| error.to_string())
    }

    fn is_json(&self) -> bool {
        let kind = self.header(CONTENT_TYPE.as_str()).unwrap_or_default();
        let essence = kind.split(';').next().unwrap_or_default().trim();
        essence.eq_ignore_ascii_case("application/json") || essence.ends_with("+json")
    }

    fn error(&self, reason: Reason) -> CallError {
        CallError::new(self.target.clone(), reason)
    }
}

/// The decoded data of a response, with its status and headers. `TypedAnswer` dereferences to the
/// data.
///
/// # Examples
///
/// ```
/// use hyperpoint_testing::TypedAnswer;
///
/// fn check(answer: TypedAnswer<Vec<u32>>) {
///     assert_eq!(answer.status(), 201);
///     assert_eq!(answer.header("location"), Some("/lists/7"));
///     assert_eq!(answer.len(), 3);
///     assert_eq!(answer.answer().text(), "[1,2,3]");
///     assert_eq!(answer.into_data(), [1, 2, 3]);
/// }
/// ```
pub struct TypedAnswer<T> {
    data: T,
    answer: Answer,
}

impl<T: ReadAnswer> TypedAnswer<T> {
    pub(crate) fn read(answer: Answer) -> Result<Self, CallError> {
        answer.json().map(|data| Self { data, answer })
    }

    /// Decodes the JSON of an error response in the endpoint's own error format. A response with
    /// another status is an error.
    pub(crate) fn read_refusal(answer: Answer) -> Result<Self, CallError> {
        answer.expect_refusal()?;
        answer.read_json().map(|data| Self { data, answer })
    }
}

impl<T> TypedAnswer<T> {
    /// Returns the status of the response.
    pub fn status(&self) -> StatusCode {
        self.answer.status()
    }

    /// Returns the headers of the response.
    pub fn headers(&self) -> &HeaderMap {
        self.answer.headers()
    }

    /// Returns the value of the header `name` as text, as [`Answer::header`] does.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.answer.header(name)
    }

    /// Returns the response that the data was decoded from.
    pub fn answer(&self) -> &Answer {
        &self.answer
    }

    /// Returns the data without the status and the headers.
    pub fn into_data(self) -> T {
        self.data
    }
}

impl<T> Deref for TypedAnswer<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.data
    }
}

impl<T> DerefMut for TypedAnswer<T> {
    fn deref_mut(&mut self) -> &mut T {
        &mut self.data
    }
}

impl<T> fmt::Debug for TypedAnswer<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.answer, f)
    }
}
