//! Responses whose `Location` is the path of another endpoint.

use http::StatusCode;
use http::header::{HeaderValue, LOCATION};
use serde::Serialize;

use super::reply::Reply;
use super::send::Send;
use crate::links::Links;
use crate::problem::Problem;
use crate::services::FromServices;

impl<'a, R> Send<'a, R> {
    /// Sends 201 with the response as JSON, and with the `Location` of the created resource.
    ///
    /// The `Location` is the path of the endpoint `E` with these values, as [`Links::to`] returns
    /// it. Declare the link with `config.links_to::<E>()`.
    ///
    /// # Errors
    ///
    /// The errors of [`Links::to`]; a 500 if the response cannot be serialized as JSON; a 412 if
    /// the client requires another version (see [`etag`](Self::etag)).
    ///
    /// # Examples
    ///
    /// ```
    /// # use hyperpoint::{Endpoint, Problem, Sent, answer::Send};
    /// # use serde::Serialize;
    /// # #[derive(Serialize)]
    /// # struct Id { id: u32 }
    /// # async fn handle<GetUser: Endpoint>(send: Send<'_, String>) -> Result<Sent, Problem> {
    /// send.created_at_async::<GetUser>(&Id { id: 7 }, "Ann".to_owned()).await
    /// # }
    /// ```
    #[expect(clippy::needless_pass_by_value, reason = "the response is consumed, as by `ok_async`")]
    pub fn created_at_async<E: FromServices + 'static>(
        self,
        values: &(impl Serialize + ?Sized),
        response: R,
    ) -> Reply<'a> {
        self.linked::<E>(StatusCode::CREATED, values, &response)
    }

    /// Sends 202 with the response as JSON, and with the `Location` of the endpoint that reports
    /// the progress of the accepted work.
    ///
    /// The `Location` is the path of the endpoint `E` with these values, as [`Links::to`] returns
    /// it. Declare the link with `config.links_to::<E>()`.
    ///
    /// # Errors
    ///
    /// The errors of [`Links::to`]; a 500 if the response cannot be serialized as JSON; a 412 if
    /// the client requires another version (see [`etag`](Self::etag)).
    ///
    /// # Examples
    ///
    /// ```
    /// # use hyperpoint::{Endpoint, Problem, Sent, answer::Send};
    /// # async fn handle<GetJob: Endpoint>(send: Send<'_, ()>) -> Result<Sent, Problem> {
    /// send.accepted_at_async::<GetJob>(&serde_json::json!({ "id": 7 }), ()).await
    /// # }
    /// ```
    #[expect(clippy::needless_pass_by_value, reason = "the response is consumed, as by `ok_async`")]
    pub fn accepted_at_async<E: FromServices + 'static>(
        self,
        values: &(impl Serialize + ?Sized),
        response: R,
    ) -> Reply<'a> {
        self.linked::<E>(StatusCode::ACCEPTED, values, &response)
    }

    fn linked<E: FromServices + 'static>(
        self,
        status: StatusCode,
        values: &(impl Serialize + ?Sized),
        response: &R,
    ) -> Reply<'a> {
        let links = Links::new(self.exchange.host().links());
        let location = links.to::<E>(values);
        match location.and_then(|link| HeaderValue::try_from(link).map_err(Problem::from)) {
            Ok(location) => {
                self.exchange.headers(|headers| headers.insert(LOCATION, location));
                self.json(status, response)
            }
            Err(problem) => Reply::new(Err(problem)),
        }
    }
}
