//! A request for an event stream, in the making.

use std::future::IntoFuture;

use bytes::Bytes;
use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use http::header::ACCEPT;
use http::{HeaderName, HeaderValue, Method, Request};

use crate::event_reader::EventReader;
use crate::read_error::{ReadError, Reason};
use crate::transport::Transport;

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
    transport: Transport,
    target: String,
    request: http::request::Builder,
    body: Bytes,
}

impl EventsRequest {
    pub(crate) fn new(transport: Transport, target: &str) -> Self {
        let request = Request::get(target);
        Self { transport, target: target.to_owned(), request, body: Bytes::new() }
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
        self.body = body.into();
        self
    }
}

impl IntoFuture for EventsRequest {
    type Output = Result<EventReader, ReadError>;
    type IntoFuture = BoxFuture<'static, Self::Output>;

    fn into_future(self) -> Self::IntoFuture {
        let Self { transport, target, request, body } = self;
        async move {
            match request.body(body) {
                Ok(mut request) => {
                    let events = HeaderValue::from_static("text/event-stream");
                    request.headers_mut().entry(ACCEPT).or_insert(events);
                    EventReader::open(transport, request).await
                }
                Err(error) => Err(ReadError::new(target, Reason::NotOpened(error.into()), "")),
            }
        }
        .boxed()
    }
}
