//! Sources of encoded events: the application's stream, encoded item by item.

use std::marker::PhantomData;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use futures_core::Stream;
use hyperpoint_sse::{Encoder, EventName, Fields};

use super::into_item::{IntoEvent, IntoItem, IntoStreamItem};
use crate::exchange::Exchange;
use crate::problem::Problem;

/// A source of encoded events.
pub(crate) trait Source {
    /// Writes the next event or comment to the encoder, and returns whether it is an event, or
    /// `None` at the end of the source. Writes `retry` with an event, and sets it to `None`.
    fn poll_write(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        encoder: &mut Encoder,
        retry: &mut Option<Duration>,
    ) -> Poll<Option<Result<bool, Problem>>>;
}

pin_project_lite::pin_project! {
    /// A stream of values that share one event name.
    pub(crate) struct Named<S, T> {
        name: EventName,
        #[pin]
        stream: S,
        item: PhantomData<fn() -> T>,
    }
}

impl<S, T> Named<S, T> {
    pub(crate) fn new(name: EventName, stream: S) -> Self {
        Self { name, stream, item: PhantomData }
    }
}

impl<S, T> Source for Named<S, T>
where
    S: Stream,
    S::Item: IntoItem<T>,
{
    fn poll_write(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        encoder: &mut Encoder,
        retry: &mut Option<Duration>,
    ) -> Poll<Option<Result<bool, Problem>>> {
        let this = self.project();
        let next = ready!(this.stream.poll_next(cx));
        Poll::Ready(next.map(|item| {
            let fields = Fields { name: Some(this.name), id: None, retry: *retry };
            encoder.json(fields, &item.into_item()?)?;
            *retry = None;
            Ok(true)
        }))
    }
}

pin_project_lite::pin_project! {
    /// A stream of typed events, each with its own name.
    pub(crate) struct Typed<S, T> {
        #[pin]
        stream: S,
        event: PhantomData<fn() -> T>,
    }
}

impl<S, T> Typed<S, T> {
    pub(crate) fn new(stream: S) -> Self {
        Self { stream, event: PhantomData }
    }
}

impl<S, T> Source for Typed<S, T>
where
    S: Stream,
    S::Item: IntoEvent<T>,
{
    fn poll_write(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        encoder: &mut Encoder,
        retry: &mut Option<Duration>,
    ) -> Poll<Option<Result<bool, Problem>>> {
        let next = ready!(self.project().stream.poll_next(cx));
        Poll::Ready(next.map(|event| {
            encoder.typed(&event.into_event()?, *retry)?;
            *retry = None;
            Ok(true)
        }))
    }
}

pin_project_lite::pin_project! {
    /// A stream of [`StreamItem`](hyperpoint_sse::StreamItem)s, which have their own names.
    pub(crate) struct Items<'a, S> {
        exchange: &'a Exchange,
        #[pin]
        stream: S,
    }
}

impl<'a, S> Items<'a, S> {
    pub(crate) fn new(exchange: &'a Exchange, stream: S) -> Self {
        Self { exchange, stream }
    }
}

impl<S> Source for Items<'_, S>
where
    S: Stream,
    S::Item: IntoStreamItem,
{
    fn poll_write(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        encoder: &mut Encoder,
        retry: &mut Option<Duration>,
    ) -> Poll<Option<Result<bool, Problem>>> {
        let this = self.project();
        let next = ready!(this.stream.poll_next(cx));
        Poll::Ready(next.map(|item| {
            let item = item.into_stream_item()?;
            this.exchange.check_name(item.event_name())?;
            let is_event = encoder.item_with_retry(&item, *retry)?;
            if is_event {
                *retry = None;
            }
            Ok(is_event)
        }))
    }
}
