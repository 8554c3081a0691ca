//! A builder for the request of an event stream.

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

/// A request for an event stream, built step by step. Awaiting it sends the request and returns an
/// [`EventReader`] once the head of the response is received.
///
/// By default, the request is a GET with `Accept: text/event-stream`.
///
/// # Examples
///
/// ```
/// use hyperpoint::http::Method;
/// use hyperpoint::prelude::*;
/// use hyperpoint_testing::Client;
///
/// /// Sends each letter of the request as an event, from the client's last event id on.
/// #[derive(Endpoint)]
/// struct Letters;
///
/// impl Endpoint for Letters {
///     type Request = String;
///     type Response = Events;
///
///     fn configure(config: &mut Config) {
///         config.post("/letters");
///         config.allow_anonymous();
///     }
///
///     async fn handle(&self, word: String, cx: Cx<'_, Self>) -> Result {
///         let last: usize = cx.last_event_id.and_then(|id| id.parse().ok()).unwrap_or(0);
///         let letters = stream! {
///             for (index, letter) in word.chars().enumerate().skip(last) {
///                 yield StreamItem::text(letter.to_string()).id(index + 1);
///             }
///         };
///         cx.send.stream_items_async(letters).await
///     }
/// }
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
/// let client = Client::new(Host::empty().endpoint::<Letters>().build()?);
/// let request = client.events("/letters").method(Method::POST);
/// let request = request.header("content-type", "application/json").body("\"abc\"");
/// let mut events = request.last_event_id("2").await?;
/// assert_eq!(events.next().await?.data, "c");
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

    /// Creates a request that fails with this error when it is awaited.
    pub(crate) fn failed(caller: Caller, target: &str, error: BoxError) -> Self {
        Self { target: target.to_owned(), body: Err(error), ..Self::new(caller, "/") }
    }

    /// Sets the method. Default: GET.
    pub fn method(mut self, method: Method) -> Self {
        self.request = self.request.method(method);
        self
    }

    /// Adds a header. An invalid name or value is reported when the request is awaited.
    pub fn header<N, V>(mut self, name: N, value: V) -> Self
    where
        N: TryInto<HeaderName, Error: Into<http::Error>>,
        V: TryInto<HeaderValue, Error: Into<http::Error>>,
    {
        self.request = self.request.header(name, value);
        self
    }

    /// Sets the `Last-Event-ID` header: the client has all events up to this id.
    pub fn last_event_id(self, id: &str) -> Self {
        self.header("last-event-id", id)
    }

    /// Sets the body. Default: empty.
    pub fn body(mut self, body: impl Into<Bytes>) -> Self {
        // An error of the request takes precedence over the body.
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
