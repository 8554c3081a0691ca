//! Responses that are one of several alternatives, each with its own status.

use http::StatusCode;

use super::kinds::Answer;
use super::possible_answer::status_of;
use crate::problem::Problem;
use crate::stream::JsonData;

/// A response type with several alternatives, each with its own status: an enum with
/// `#[derive(Answer)]`.
///
/// # Examples
///
/// ```
/// use hyperpoint::Answer;
/// use hyperpoint::prelude::*;
///
/// #[derive(Answer)]
/// enum Found {
///     #[answer(200)]
///     User(String),
///     #[answer(404)]
///     Missing,
/// }
///
/// #[derive(Endpoint)]
/// struct GetUser;
///
/// impl hyperpoint::Endpoint for GetUser {
///     type Request = ();
///     type Response = Found;
///
///     fn configure(config: &mut Config) {
///         config.get("/users/ann");
///     }
///
///     async fn handle(&self, (): (), cx: Cx<'_, Self>) -> Result {
///         cx.send.answer_async(Found::User("Ann".to_owned())).await
///     }
/// }
/// # let _ = Found::Missing;
/// ```
#[diagnostic::on_unimplemented(
    message = "`type Response = {Self}` does not define the status of its response",
    label = "sent with the status of its variant",
    note = "write `#[derive(Answer)]` above an enum, with `#[answer(200)]` above each variant, or \
            send it with `ok_async` or `response_async`"
)]
pub trait Alternatives: Answer {
    /// Converts the value to the status and the JSON of its variant.
    #[doc(hidden)]
    fn into_alternative(self) -> Alternative;
}

/// The response of one alternative: its status, and its data as JSON if it has data.
#[derive(Debug)]
pub struct Alternative {
    pub(super) status: StatusCode,
    pub(super) json: Result<Option<Vec<u8>>, Problem>,
}

impl Alternative {
    /// Creates an alternative with this status and with `data` as JSON. If `data` cannot be
    /// serialized, the response is a 500.
    pub fn of<T: JsonData>(status: u16, data: &T) -> Self {
        let json = serde_json::to_vec(data).map(Some).map_err(Problem::from);
        Self { status: status_of(status), json }
    }

    /// Creates an alternative with this status and no data.
    #[must_use]
    pub fn empty(status: u16) -> Self {
        Self { status: status_of(status), json: Ok(None) }
    }
}
