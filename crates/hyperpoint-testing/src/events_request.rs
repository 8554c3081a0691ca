//! A request for an event stream, in the making.

use std::future::IntoFuture;

use bytes::Bytes;
use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use http::header::ACCEPT;
use http::request::Builder;
use http::{HeaderName, HeaderValue, Method, Request};

use crate::caller::Caller;
use crate::event_reader::EventReader;
use crate::read_error::{BoxError, ReadError, Reason};

/// A request for an event stream. Awaited, it is sent, and gives an [`EventReader`] once the head of
/// the answer is there.
///
/// It is a GET that accepts event streams, unless it is told otherwise.
///
/// # Example
///
/// ```no_run
/// # async fn f(client: hyperpoint_testing::Client) -> Result<(), hyperpoint_testing::ReadError> {
/// let events = client.events("/chat").header("authorization", "Bearer t").await?;
/// # let _ = events;
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
#[must_use = "a request is sent when it is awaited"]
pub struct EventsRequest {
    caller: Caller,
    target: String,
    request: Builder,
    body: Result<Bytes, BoxError>,
}

impl EventsRequest {
    pub(crate) fn new(caller: Caller, target: &str) -> Self {
        let request = Request::get(target);
        Self { caller, target: target.to_owned(), request, body: Ok(Bytes::new()) }
    }

    pub(crate) fn built(caller: Caller, request: Builder, body: Bytes) -> Self {
        let target = request.uri_ref().map(ToString::to_string).unwrap_or_default();
        Self { caller, target, request, body: Ok(body) }
    }

    /// A request that fails for this reason.
    pub(crate) fn failed(caller: Caller, target: &str, error: BoxError) -> Self {
        Self { target: target.to_owned(), body: Err(error), ..Self::new(caller, "/") }
    }

    /// Asks by this method.
    pub fn method(mut self, method: Method) -> Self {
        self.request = self.request.method(method);
        self
    }

    /// Sends this header too.
    pub fn header<N, V>(mut self, name: N, value: V) -> Self
    where
        N: TryInto<HeaderName, Error: Into<http::Error>>,
        V: TryInto<HeaderValue, Error: Into<http::Error>>,
    {
        self.request = self.request.header(name, value);
        self
    }

    /// Says that the client has all up to the event with this id.
    pub fn last_event_id(self, id: &str) -> Self {
        self.header("last-event-id", id)
    }

    /// Sends this body.
    pub fn body(mut self, body: impl Into<Bytes>) -> Self {
        // A request that can't be made stays so.
        if self.body.is_ok() {
            self.body = Ok(body.into());
        }
        self
    }
}

impl IntoFuture for EventsRequest {
    type Output = Result<EventReader, ReadError>;
    type IntoFuture = BoxFuture<'static, Self::Output>;

    fn into_future(self) -> Self::IntoFuture {
        let Self { caller, target, request, body } = self;
        async move {
            let request = body.and_then(|body| request.body(body).map_err(BoxError::from));
            match request {
                Ok(mut request) => {
                    let events = HeaderValue::from_static("text/event-stream");
                    request.headers_mut().entry(ACCEPT).or_insert(events);
                    EventReader::open(caller, request).await
                }
                Err(error) => Err(ReadError::new(target, Reason::NotOpened(error), "")),
            }
        }
        .boxed()
    }
}
