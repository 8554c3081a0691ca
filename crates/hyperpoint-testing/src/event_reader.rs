//! A reader of an event stream, which decodes events, stores the last event id, reconnects and
//! disconnects.

use std::error::Error;
use std::time::Duration;

use bytes::Bytes;
use http::header::CONTENT_TYPE;
use http::{HeaderMap, HeaderName, HeaderValue, Request, StatusCode, response};
use hyperpoint_sse::{Decoded, Decoder, Event};

use crate::caller::Caller;
use crate::default_timeout::{DEFAULT_TIMEOUT, with_timeout};
use crate::read_error::{ReadError, Reason};
use crate::transcript::{Transcript, shortened, summary};
use crate::transport::Chunks;

const LAST_EVENT_ID: HeaderName = HeaderName::from_static("last-event-id");

/// A client of an event stream. It decodes events as a browser's `EventSource` does, but reconnects
/// only when [`reconnect`](Self::reconnect) is called. Dropping the reader disconnects.
///
/// Every method that waits, except a method with its own timeout, times out after ten seconds. If
/// tokio's time is paused, it also times out after two days of paused time. The text of an error
/// states how many events and comments were read before it, and shows the newest three.
///
/// # Cancel safety
///
/// Dropping the future of a method that waits for an event, a comment or the end loses no event:
/// the next wait resumes at the same position.
///
/// # Examples
///
/// ```
/// use std::time::Duration;
///
/// use hyperpoint::prelude::*;
/// use hyperpoint_testing::{Client, Decoded};
///
/// /// Counts from the number after the client's last event id, with an hour between events.
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
///     async fn handle(&self, (): (), cx: Cx<'_, Self>) -> Result {
///         let last: u32 = cx.last_event_id.and_then(|id| id.parse().ok()).unwrap_or(0);
///         let numbers = stream! {
///             for number in last + 1.. {
///                 yield StreamItem::text(format!("number {number}")).id(number);
///                 tokio::time::sleep(Duration::from_secs(3600)).await;
///             }
///         };
///         cx.send.stream_items_async(numbers).await
///     }
/// }
///
/// # #[tokio::main(flavor = "current_thread", start_paused = true)]
/// # async fn main() -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
/// let app = Host::empty().endpoint::<Numbers>().build()?;
/// let mut events = Client::new(app).events("/numbers").await?;
/// assert_eq!(events.status(), 200);
/// assert_eq!(events.next().await?.data, "number 1");
///
/// events.reconnect().await?;
/// assert_eq!(events.next().await?.data, "number 2");
/// assert_eq!(events.last_event_id(), "2");
///
/// // Keep-alives are comments. `next` skips them.
/// assert_eq!(events.next_decoded().await?, Decoded::Comment(String::new()));
/// let error = events.next_within(Duration::from_secs(60)).await.unwrap_err();
/// assert!(error.is_timeout());
/// assert_eq!(events.next().await?.data, "number 3");
/// events.disconnect();
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
    has_ended: bool,
}

impl EventReader {
    pub(crate) async fn open(caller: Caller, request: Request<Bytes>) -> Result<Self, ReadError> {
        let (head, chunks) = send(&caller, &request).await?;
        Ok(Self {
            caller,
            request,
            head,
            chunks,
            decoder: Decoder::new(),
            transcript: Transcript::default(),
            has_ended: false,
        })
    }

    /// Returns the status of the response. If it is not 200, the methods that wait for an event or
    /// for the end of the stream return an error.
    #[must_use]
    pub fn status(&self) -> StatusCode {
        self.head.status
    }

    /// Returns the headers of the response.
    #[must_use]
    pub fn headers(&self) -> &HeaderMap {
        &self.head.headers
    }

    /// Returns the last event id that was read on this stream or before a reconnection, or an empty
    /// string if none was read or the last one was empty. The id that the request was built with is
    /// not included.
    #[must_use]
    pub fn last_event_id(&self) -> &str {
        self.decoder.last_event_id()
    }

    /// Returns the reconnection time of the last `retry` field that was read, or `None` if none was
    /// read.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::time::Duration;
    ///
    /// use hyperpoint_testing::EventReader;
    ///
    /// fn reconnects_after_two_seconds(events: &EventReader) -> bool {
    ///     events.retry_after() == Some(Duration::from_secs(2))
    /// }
    /// ```
    #[must_use]
    pub fn retry_after(&self) -> Option<Duration> {
        self.decoder.retry_after()
    }

    /// Waits for the next event and returns it. Skips comments, including keep-alives.
    ///
    /// # Errors
    ///
    /// Returns an error if the wait times out, if the stream ends or is cut off, if an event is
    /// larger than 16 MiB, or if the response is not an event stream.
    pub async fn next(&mut self) -> Result<Event, ReadError> {
        let result = with_timeout(self.read_event()).await;
        self.with_transcript(result.unwrap_or(Err(Reason::TimedOut(DEFAULT_TIMEOUT))))
    }

    /// Waits for the next event with this timeout, measured by tokio's clock, and returns the
    /// event.
    ///
    /// # Errors
    ///
    /// Returns the errors of [`next`](Self::next).
    ///
    /// # Examples
    ///
    /// ```
    /// use std::time::Duration;
    ///
    /// use hyperpoint_testing::EventReader;
    ///
    /// async fn is_silent(events: &mut EventReader) -> bool {
    ///     events.next_within(Duration::from_secs(60)).await.is_err_and(|error| error.is_timeout())
    /// }
    /// ```
    pub async fn next_within(&mut self, time: Duration) -> Result<Event, ReadError> {
        let result = tokio::time::timeout(time, self.read_event()).await;
        self.with_transcript(result.unwrap_or(Err(Reason::TimedOut(time))))
    }

    /// Waits for the next event or comment and returns it. A keep-alive is an empty comment.
    ///
    /// # Errors
    ///
    /// Returns the errors of [`next`](Self::next).
    ///
    /// # Examples
    ///
    /// ```
    /// use hyperpoint_testing::{Decoded, EventReader, ReadError};
    ///
    /// async fn is_keep_alive_next(events: &mut EventReader) -> Result<bool, ReadError> {
    ///     Ok(events.next_decoded().await? == Decoded::Comment(String::new()))
    /// }
    /// ```
    pub async fn next_decoded(&mut self) -> Result<Decoded, ReadError> {
        let result = with_timeout(self.read()).await;
        self.with_transcript(result.unwrap_or(Err(Reason::TimedOut(DEFAULT_TIMEOUT))))
    }

    /// Waits for the regular end of the stream: the last chunk on HTTP/1.1, `END_STREAM` on HTTP/2,
    /// or the end of the body in memory. Skips comments.
    ///
    /// # Errors
    ///
    /// Returns an error if an event is read before the end, if the wait times out, if the stream is
    /// cut off, or if the response is not an event stream.
    ///
    /// # Examples
    ///
    /// ```
    /// use hyperpoint_testing::{EventReader, ReadError};
    ///
    /// /// Reads one event, which must be the last one.
    /// async fn only_event(events: &mut EventReader) -> Result<String, ReadError> {
    ///     let event = events.next().await?;
    ///     events.ended().await?;
    ///     Ok(event.data)
    /// }
    /// ```
    pub async fn ended(&mut self) -> Result<(), ReadError> {
        let result = with_timeout(self.read_event()).await;
        let result = match result.unwrap_or(Err(Reason::TimedOut(DEFAULT_TIMEOUT))) {
            Err(Reason::Ended) => Ok(()),
            Err(reason) => Err(reason),
            Ok(event) => Err(Reason::NotEnded(summary(&Decoded::Event(event)))),
        };
        self.with_transcript(result)
    }

    /// Disconnects and immediately sends the request again, with the last event id if there is one.
    /// Discards the events that were received but not read.
    ///
    /// # Errors
    ///
    /// Returns an error if no response is received within the timeout, or if the last event id is
    /// not a valid header value. Later reads then return the events that were received but not
    /// read, and after these report the end of the stream.
    ///
    /// # Cancel safety
    ///
    /// A dropped future leaves the reader disconnected; call `reconnect` again.
    pub async fn reconnect(&mut self) -> Result<(), ReadError> {
        self.has_ended = true;
        self.chunks = Chunks::None;
        let id = self.decoder.last_event_id();
        if !id.is_empty() {
            let value = HeaderValue::from_bytes(id.as_bytes());
            let value =
                self.with_transcript(value.map_err(|error| Reason::NotOpened(error.into())))?;
            self.request.headers_mut().insert(LAST_EVENT_ID, value);
        }
        (self.head, self.chunks) = send(&self.caller, &self.request).await?;
        self.decoder.restart();
        self.has_ended = false;
        Ok(())
    }

    /// Disconnects: closes the HTTP/1.1 connection with a FIN, resets the HTTP/2 stream, or drops
    /// the body in memory.
    pub fn disconnect(self) {
        drop(self);
    }

    /// Disconnects with a RST of the HTTP/1.1 connection. The other transports disconnect as
    /// [`disconnect`](Self::disconnect) does.
    ///
    /// # Examples
    ///
    /// ```
    /// use hyperpoint_testing::{EventReader, ReadError};
    ///
    /// /// Disconnects after one event, as a client that crashes does.
    /// async fn crash(mut events: EventReader) -> Result<(), ReadError> {
    ///     events.next().await?;
    ///     events.reset();
    ///     Ok(())
    /// }
    /// ```
    pub fn reset(self) {
        self.chunks.reset();
    }

    /// Stays connected but reads nothing more, so that the socket buffers of the server fill up.
    /// With HTTP/2, all streams of the connection stop until the returned value is dropped. In
    /// memory, the body is kept but not polled.
    ///
    /// # Examples
    ///
    /// ```
    /// use hyperpoint_testing::{EventReader, ReadError, Stalled};
    ///
    /// /// Reads one event and then nothing more, until the returned value is dropped.
    /// async fn stall(mut events: EventReader) -> Result<Stalled, ReadError> {
    ///     events.next().await?;
    ///     Ok(events.stop_reading())
    /// }
    /// ```
    pub fn stop_reading(mut self) -> Stalled {
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
            return Err(self.not_a_stream().await);
        }
        loop {
            if let Some(decoded) = self.decoder.pop() {
                self.transcript.record(&decoded);
                return Ok(decoded);
            }
            if self.has_ended {
                return Err(Reason::Ended);
            }
            let chunk = self.chunks.next().await.map_err(Reason::Cut)?;
            let Some(chunk) = chunk else {
                self.has_ended = true;
                return Err(Reason::Ended);
            };
            self.decoder.push(&chunk).map_err(|error| Reason::Cut(error.into()))?;
        }
    }

    /// Returns whether the response is an event stream: status 200 and the content type
    /// `text/event-stream` without parameters.
    fn is_stream(&self) -> bool {
        let content_type = self.head.headers.get(CONTENT_TYPE);
        let is_events = content_type.is_some_and(|value| value.as_bytes() == b"text/event-stream");
        self.head.status == StatusCode::OK && is_events
    }

    /// Reads the start of the body, and returns the error reason for a response that is not an
    /// event stream.
    async fn not_a_stream(&mut self) -> Reason {
        let body = match self.chunks.next().await {
            Ok(chunk) => chunk.unwrap_or_default(),
            Err(error) => return Reason::Cut(error),
        };
        Reason::NotAStream(self.head.status, shortened(&String::from_utf8_lossy(&body)))
    }

    /// Creates the error for an event that cannot be decoded to the expected type.
    pub(crate) fn unexpected_event(&self, event: &Event, error: &dyn Error) -> ReadError {
        let event = summary(&Decoded::Event(event.clone()));
        let reason = Reason::UnexpectedEvent(event, error.to_string());
        ReadError::new(self.request.uri().to_string(), reason, self.transcript.to_string())
    }

    /// Adds the target of the request and the transcript to an error.
    fn with_transcript<T>(&self, result: Result<T, Reason>) -> Result<T, ReadError> {
        result.map_err(|reason| {
            ReadError::new(self.request.uri().to_string(), reason, self.transcript.to_string())
        })
    }
}

/// Sends a copy of the request and returns the head and the body of its response.
async fn send(
    caller: &Caller,
    request: &Request<Bytes>,
) -> Result<(response::Parts, Chunks), ReadError> {
    let mut prepared = request.clone();
    caller.prepare(&mut prepared);
    let reason = match with_timeout(caller.transport.open(prepared)).await {
        Some(Ok(response)) => {
            caller.store_cookies(response.headers());
            return Ok(response.into_parts());
        }
        Some(Err(error)) => Reason::NotOpened(error),
        None => Reason::TimedOut(DEFAULT_TIMEOUT),
    };
    Err(ReadError::new(request.uri().to_string(), reason, ""))
}

/// A connected client that reads nothing more. Dropping it disconnects, as
/// [`EventReader::disconnect`] does: with HTTP/2, it resets the stream, and the other streams of the
/// connection resume. See [`EventReader::stop_reading`] for an example.
#[derive(Debug)]
#[must_use = "dropping it disconnects the client"]
pub struct Stalled {
    #[expect(dead_code, reason = "holds the stream open until it is dropped")]
    chunks: Chunks,
}
