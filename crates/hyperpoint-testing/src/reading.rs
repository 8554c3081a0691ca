//! What an answer is read as.

use std::any::{TypeId, type_name};
use std::fmt;
use std::ops::{Deref, DerefMut};

use http::header::CONTENT_TYPE;
use http::{HeaderMap, StatusCode};
use serde::de::DeserializeOwned;

use crate::answer::Answer;
use crate::call_error::{CallError, Reason};
use crate::received_problem::ReceivedProblem;

/// What an answer can be read as: a type with `Deserialize`, from JSON, and `()`, whatever the body.
#[diagnostic::on_unimplemented(
    message = "`{Self}` can't be read from an answer",
    label = "the response of this endpoint",
    note = "write `#[derive(Deserialize)]` above it; `Events` are read with `app.events::<E>(…)`"
)]
pub trait ReadAnswer: Sized + 'static {
    /// Reads it from JSON, or from none.
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
    /// The body as a `T`, from JSON.
    ///
    /// # Errors
    ///
    /// When the answer refuses, and when its body is no `T`.
    pub fn json<T: ReadAnswer>(&self) -> Result<T, CallError> {
        if self.is_refusal() {
            let problem = self.read_problem().ok().map(Box::new);
            return Err(self.error(Reason::Refused(Box::new(self.clone()), problem)));
        }
        let json = self.is_json().then_some(&*self.body);
        T::from_json(json).map_err(|error| {
            let ty = type_name::<T>();
            let text = if json.is_some() {
                format!("no `{ty}` ({error})")
            } else {
                format!("no JSON of `{ty}`")
            };
            self.error(Reason::OfAnotherType(Box::new(self.clone()), text))
        })
    }

    /// The problem document by which the answer refuses.
    ///
    /// # Errors
    ///
    /// When the answer does not refuse, and when its body is no problem document.
    pub fn problem(&self) -> Result<ReceivedProblem, CallError> {
        if !self.is_refusal() {
            return Err(self.error(Reason::NotRefused(Box::new(self.clone()))));
        }
        self.read_problem().map_err(|text| {
            let text = format!("no problem document ({text})");
            self.error(Reason::OfAnotherType(Box::new(self.clone()), text))
        })
    }

    fn read_problem(&self) -> Result<ReceivedProblem, String> {
        if self.header(CONTENT_TYPE.as_str()) != Some("application/problem+json") {
            return Err("by its content type".to_owned());
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

/// The data of an answer, with its status and headers. It is the data to those who use it.
///
/// # Example
///
/// ```
/// use hyperpoint_testing::TypedAnswer;
///
/// fn check(answer: &TypedAnswer<Vec<u32>>) {
///     assert_eq!(answer.status(), 201);
///     assert_eq!(answer.header("location"), Some("/lists/7"));
///     assert_eq!(answer.len(), 3);
///     assert_eq!(**answer, [1, 2, 3]);
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
}

impl<T> TypedAnswer<T> {
    /// The status.
    pub fn status(&self) -> StatusCode {
        self.answer.status()
    }

    /// The headers.
    pub fn headers(&self) -> &HeaderMap {
        self.answer.headers()
    }

    /// The header of this name as text; the first, where there are several.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.answer.header(name)
    }

    /// The answer as it came.
    pub fn answer(&self) -> &Answer {
        &self.answer
    }

    /// The data alone.
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
