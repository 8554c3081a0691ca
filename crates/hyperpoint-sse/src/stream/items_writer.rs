//! Event streams from any stream of items, without an endpoint.

use std::error::Error;
use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use futures_core::Stream;
use http::Response;

use super::body::StreamBody;
use super::kind::StreamKind;
use super::options::StreamOptions;
use super::report::StreamEnd;
use super::response::event_stream_response;
use super::scope::StreamScope;
use super::state::StreamState;
use super::writer::StreamWriter;
use crate::encoder::Encoder;
use crate::item::StreamItem;

type BoxError = Box<dyn Error + Send + Sync>;
type Items = Pin<Box<dyn Stream<Item = Result<StreamItem, BoxError>> + Send>>;

/// Writes the items of a stream. The body that [`event_stream`] creates owns one.
pub struct ItemsWriter {
    state: StreamState,
    options: StreamOptions,
    /// The items, or `None` after the end of the stream.
    items: Option<Items>,
}

/// Creates a response whose body streams these items as Server-Sent Events, for a server other than
/// Hyperpoint, such as axum.
///
/// `items` is polled when the server polls the body and fewer than 8 KiB of events are waiting to
/// be sent, so a client that reads slowly slows down `items`. `items` is dropped when it ends, and
/// with the body if the client disconnects. The response is for `EventSource` unless the options
/// set another [kind](StreamOptions::kind).
///
/// The stream fails if `items` returns an error, if an encoded item is larger than 8 MiB, or if an
/// item on a stream for `EventSource` has a reserved name. The error is logged, and its text is not
/// sent. A stream for `EventSource` then ends with an event `problem`, unless
/// [`OnError::End`](super::OnError::End) is set; a stream of the kind `AsWritten` is cut.
///
/// # Panics
///
/// May panic outside a tokio runtime.
///
/// # Examples
///
/// A handler of an axum application, whose state contains the scope that all its streams share:
///
/// ```
/// use futures_util::stream;
/// use hyperpoint::StreamOptions;
/// use hyperpoint::sse::StreamItem;
/// use hyperpoint::sse::stream::{StreamScope, event_stream};
///
/// async fn count(scope: StreamScope) -> axum::response::Response {
///     let numbers = stream::iter(0..10).map(|number| StreamItem::json(&number));
///     let response = event_stream(numbers, StreamOptions::default().done(), &scope);
///     axum::response::IntoResponse::into_response(response)
/// }
/// # use futures_util::StreamExt;
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() {
/// # let response = count(StreamScope::default()).await;
/// # assert_eq!(response.headers()["content-type"], "text/event-stream");
/// # }
/// ```
pub fn event_stream<S, E>(
    items: S,
    options: StreamOptions,
    scope: &StreamScope,
) -> Response<StreamBody<ItemsWriter>>
where
    S: Stream<Item = Result<StreamItem, E>> + Send + 'static,
    E: Into<BoxError>,
{
    let state = StreamState::of_kind(options.kind.unwrap_or_default());
    state.begin(&options, false);
    let items: Items = Box::pin(BoxedErrors { items });
    let writer = ItemsWriter { state, options, items: Some(items) };
    event_stream_response(StreamBody::new(writer, None, &options, None, scope))
}

impl ItemsWriter {
    /// Writes ready items until 8 KiB are waiting to be sent. Returns `Ready` when the stream has
    /// ended.
    fn poll_items(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        let Some(items) = &mut self.items else {
            return Poll::Ready(());
        };
        if self.state.is_closing() {
            self.state.reconnect(self.options.reconnection_delay());
            return Poll::Ready(());
        }
        let is_for_event_source = self.state.kind() == StreamKind::ForEventSource;
        let written = self.state.poll_write(cx, |cx, encoder, retry| {
            let item = ready!(items.as_mut().poll_next(cx));
            Poll::Ready(item.map(|item| write(&item?, is_for_event_source, encoder, retry)))
        });
        written.map(|result| match result {
            Ok(()) => self.state.finish(StreamEnd::Finished),
            Err(error) => self.state.fail_privately(&*error),
        })
    }
}

/// Writes an item, and returns whether it is an event. On a stream for `EventSource`, an item with a
/// reserved name is an error.
fn write(
    item: &StreamItem,
    is_for_event_source: bool,
    encoder: &mut Encoder,
    retry: &mut Option<Duration>,
) -> Result<bool, BoxError> {
    if is_for_event_source && let Some(name) = item.event_name() {
        name.check_unreserved()?;
    }
    let is_event = encoder.item_with_retry(item, *retry)?;
    if is_event {
        *retry = None;
    }
    Ok(is_event)
}

impl StreamWriter for ItemsWriter {
    fn state(&self) -> &StreamState {
        &self.state
    }

    fn poll(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        let polled = self.poll_items(cx);
        if polled.is_ready() {
            self.stop();
        }
        polled
    }

    fn has_finished(&self) -> bool {
        self.items.is_none()
    }

    fn stop(&mut self) {
        self.items = None;
    }
}

pin_project_lite::pin_project! {
    /// A stream whose errors are boxed.
    struct BoxedErrors<S> {
        #[pin]
        items: S,
    }
}

impl<S, E> Stream for BoxedErrors<S>
where
    S: Stream<Item = Result<StreamItem, E>>,
    E: Into<BoxError>,
{
    type Item = Result<StreamItem, BoxError>;

    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.project().items.poll_next(cx).map(|item| item.map(|item| item.map_err(Into::into)))
    }
}

impl fmt::Debug for ItemsWriter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ItemsWriter").finish_non_exhaustive()
    }
}
