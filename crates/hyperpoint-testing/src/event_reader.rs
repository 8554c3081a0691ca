//! An event stream, read.

use std::error::Error;
use std::time::Duration;

use bytes::Bytes;
use http::header::CONTENT_TYPE;
use http::{HeaderMap, HeaderName, HeaderValue, Request, StatusCode, response};
use hyperpoint_sse::{Decoded, Decoder, Event};

use crate::caller::Caller;
use crate::patience::{PATIENCE, patiently};
use crate::read_error::{ReadError, Reason};
use crate::transcript::{Transcript, shortened, shown};
use crate::transport::Chunks;

const LAST_EVENT_ID: HeaderName = HeaderName::from_static("last-event-id");

/// An event stream that is read as a browser does. Dropped, it leaves.
///
/// A method that waits does so for ten seconds, or for two days where tokio's time is paused. What
/// then did not come is an error whose text tells what did.
///
/// # Cancel safety
///
/// A wait that is dropped loses nothing: the next one goes on where it was.
///
/// # Example
///
/// ```
/// use hyperpoint::prelude::*;
/// use hyperpoint_testing::Client;
///
/// /// Counts on from the number that the client has.
/// #[derive(Endpoint)]
/// struct Numbers;
///
/// impl Endpoint for Numbers {
///     type Request = ();
///     type Response = Events;
///
///     fn configure(config: &mut Config) {
///         config.get("/numbers");
///         config.allow_anonymous();
///     }
///
///     async fn handle(&self, _: (), cx: Cx<'_, Self>) -> Result {
///         let last: u32 = cx.last_event_id.and_then(|id| id.parse().ok()).unwrap_or(0);
///         let numbers = stream! {
///             for number in last + 1.. {
///                 yield StreamItem::text(format!("number {number}")).id(number);
///             }
///         };
///         cx.send.stream_items_async(numbers).await
///     }
/// }
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
/// let app = Host::empty().endpoint::<Numbers>().build()?;
/// let mut events = Client::new(app).events("/numbers").await?;
/// assert_eq!(events.next().await?.data, "number 1");
/// events.reconnect().await?;
/// assert_eq!(events.next().await?.data, "number 2");
/// assert_eq!(events.last_event_id(), "2");
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
pub struct EventReader {
    caller: Caller,
    request: Request<Bytes>,
    head: response::Parts,
    chunks: Chunks,
    decoder: Decoder,
    transcript: Transcript,
    is_over: bool,
}

impl EventReader {
    pub(crate) async fn open(caller: Caller, request: Request<Bytes>) -> Result<Self, ReadError> {
        let (head, chunks) = ask(&caller, &request).await?;
        Ok(Self {
            caller,
            request,
            head,
            chunks,
            decoder: Decoder::new(),
            transcript: Transcript::default(),
            is_over: false,
        })
    }

    /// The status of the answer. A refusal has one too; reading events of it is the error.
    #[must_use]
    pub fn status(&self) -> StatusCode {
        self.head.status
    }

    /// The headers of the answer.
    #[must_use]
    pub fn headers(&self) -> &HeaderMap {
        &self.head.headers
    }

    /// The last id of what was read, over reconnections; empty if there was none.
    #[must_use]
    pub fn last_event_id(&self) -> &str {
        self.decoder.last_event_id()
    }

    /// The wait before a reconnection that the stream asked for last.
    #[must_use]
    pub fn retry_after(&self) -> Option<Duration> {
        self.decoder.retry_after()
    }

    /// The next event. Comments, and with them keep-alives, are passed over.
    ///
    /// # Errors
    ///
    /// When none came in time, when the stream ended or was cut, and when the answer is no stream.
    pub async fn next(&mut self) -> Result<Event, ReadError> {
        let result = patiently(self.read_event()).await;
        self.told(result.unwrap_or(Err(Reason::TimedOut(PATIENCE))))
    }

    /// The next event, if it comes within this time of tokio's clock.
    ///
    /// # Errors
    ///
    /// As [`next`](Self::next).
    pub async fn next_within(&mut self, time: Duration) -> Result<Event, ReadError> {
        let result = tokio::time::timeout(time, self.read_event()).await;
        self.told(result.unwrap_or(Err(Reason::TimedOut(time))))
    }

    /// The next event or comment. A keep-alive is an empty comment.
    ///
    /// # Errors
    ///
    /// As [`next`](Self::next).
    pub async fn next_decoded(&mut self) -> Result<Decoded, ReadError> {
        let result = patiently(self.read()).await;
        self.told(result.unwrap_or(Err(Reason::TimedOut(PATIENCE))))
    }

    /// Waits until the stream ends as it should. Comments are passed over.
    ///
    /// # Errors
    ///
    /// When another event comes; when it does not end in time, is cut, or is no stream.
    pub async fn ended(&mut self) -> Result<(), ReadError> {
        let result = patiently(self.read_event()).await;
        let result = match result.unwrap_or(Err(Reason::TimedOut(PATIENCE))) {
            Err(Reason::Ended) => Ok(()),
            Err(reason) => Err(reason),
            Ok(event) => Err(Reason::WentOn(shown(&Decoded::Event(event)))),
        };
        self.told(result)
    }

    /// Leaves, and asks again at once, with the last id if there was one.
    ///
    /// # Errors
    ///
    /// When there is no answer in time. The reader is then over.
    pub async fn reconnect(&mut self) -> Result<(), ReadError> {
        self.is_over = true;
        self.chunks = Chunks::None;
        let id = self.decoder.last_event_id();
        if !id.is_empty() {
            let value = HeaderValue::from_bytes(id.as_bytes());
            let value = self.told(value.map_err(|error| Reason::NotOpened(error.into())))?;
            self.request.headers_mut().insert(LAST_EVENT_ID, value);
        }
        (self.head, self.chunks) = ask(&self.caller, &self.request).await?;
        self.decoder.restart();
        self.is_over = false;
        Ok(())
    }

    /// Leaves: HTTP/1.1 closes its connection by a FIN, HTTP/2 resets the stream, in memory the body
    /// is dropped.
    pub fn disconnect(self) {
        drop(self);
    }

    /// Leaves, HTTP/1.1 by a RST; else as [`disconnect`](Self::disconnect).
    pub fn reset(self) {
        self.chunks.reset();
    }

    /// Stays, and reads nothing more: the server sees a socket that takes less and less. By HTTP/2
    /// this holds for all streams of the connection.
    pub fn stop_reading(self) -> Stalled {
        self.chunks.stop_reading();
        Stalled { chunks: self.chunks }
    }

    async fn read_event(&mut self) -> Result<Event, Reason> {
        loop {
            if let Decoded::Event(event) = self.read().await? {
                return Ok(event);
            }
        }
    }

    async fn read(&mut self) -> Result<Decoded, Reason> {
        if !self.is_stream() {
            return Err(self.refusal().await);
        }
        loop {
            if let Some(decoded) = self.decoder.pop() {
                self.transcript.note(&decoded);
                return Ok(decoded);
            }
            if self.is_over {
                return Err(Reason::Ended);
            }
            let chunk = self.chunks.next().await.map_err(Reason::Cut)?;
            let Some(chunk) = chunk else {
                self.is_over = true;
                return Err(Reason::Ended);
            };
            self.decoder.push(&chunk).map_err(|error| Reason::Cut(error.into()))?;
        }
    }

    /// Whether an `EventSource` would read it.
    fn is_stream(&self) -> bool {
        let content_type = self.head.headers.get(CONTENT_TYPE);
        let is_events = content_type.is_some_and(|value| value.as_bytes() == b"text/event-stream");
        self.head.status == StatusCode::OK && is_events
    }

    /// The answer that is no stream, with the beginning of its body.
    async fn refusal(&mut self) -> Reason {
        let body = match self.chunks.next().await {
            Ok(chunk) => chunk.unwrap_or_default(),
            Err(error) => return Reason::Cut(error),
        };
        Reason::NoStream(self.head.status, shortened(&String::from_utf8_lossy(&body)))
    }

    /// The error of an event that is not of the type which was asked for.
    pub(crate) fn of_another_type(&self, event: &Event, error: &dyn Error) -> ReadError {
        let what = shown(&Decoded::Event(event.clone()));
        let reason = Reason::OfAnotherType(what, error.to_string());
        ReadError::new(self.request.uri().to_string(), reason, self.transcript.to_string())
    }

    fn told<T>(&self, result: Result<T, Reason>) -> Result<T, ReadError> {
        result.map_err(|reason| {
            ReadError::new(self.request.uri().to_string(), reason, self.transcript.to_string())
        })
    }
}

async fn ask(
    caller: &Caller,
    request: &Request<Bytes>,
) -> Result<(response::Parts, Chunks), ReadError> {
    let mut prepared = request.clone();
    caller.prepare(&mut prepared);
    let reason = match patiently(caller.transport.open(prepared)).await {
        Some(Ok(response)) => {
            caller.note(response.headers());
            return Ok(response.into_parts());
        }
        Some(Err(error)) => Reason::NotOpened(error),
        None => Reason::TimedOut(PATIENCE),
    };
    Err(ReadError::new(request.uri().to_string(), reason, ""))
}

/// A reader that stays and reads nothing more, until it is dropped.
#[derive(Debug)]
#[must_use = "a reader that is dropped leaves"]
pub struct Stalled {
    #[expect(dead_code, reason = "it is held to be dropped")]
    chunks: Chunks,
}
