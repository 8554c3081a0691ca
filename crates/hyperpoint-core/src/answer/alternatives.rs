//! The answer that is one of several, each with its status.

use http::StatusCode;

use super::kinds::Answer;
use super::possible_answer::status_of;
use crate::problem::Problem;
use crate::stream::JsonData;

/// A response that is one of several, each with its own status: an enum with `#[derive(Answer)]`.
#[diagnostic::on_unimplemented(
    message = "`type Response = {Self}` does not say the status of its answers",
    label = "sent with a status of its own",
    note = "write `#[derive(Answer)]` above an enum, with `#[answer(200)]` above each variant, or \
            send it with `ok_async` or `response_async`"
)]
pub trait Alternatives: Answer {
    /// The answer that it is.
    #[doc(hidden)]
    fn into_alternative(self) -> Alternative;
}

/// One answer: a status, and JSON where it has data.
#[derive(Debug)]
pub struct Alternative {
    pub(super) status: StatusCode,
    pub(super) json: Result<Option<Vec<u8>>, Problem>,
}

impl Alternative {
    /// An answer with data.
    pub fn of<T: JsonData>(status: u16, data: &T) -> Self {
        let json = serde_json::to_vec(data).map(Some).map_err(Problem::from);
        Self { status: status_of(status), json }
    }

    /// An answer without data.
    #[must_use]
    pub fn empty(status: u16) -> Self {
        Self { status: status_of(status), json: Ok(None) }
    }
}
