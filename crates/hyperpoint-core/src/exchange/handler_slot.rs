//! The handler of a response that is being sent.

use std::sync::Arc;
use std::task::{Context, Poll};

use hyperpoint_sse::stream::{StreamState, StreamWriter};

use super::exchange::Exchange;
use super::sent::{HandlerFuture, Sent};
use crate::problem::Problem;

/// A handler and its exchange. The slot is empty after the handler has finished, was dropped, or
/// was moved to another slot. A response polls its handler only through this type.
pub(crate) struct HandlerSlot {
    pub(crate) exchange: Arc<Exchange>,
    handler: Option<HandlerFuture>,
}

impl HandlerSlot {
    pub(crate) fn new(exchange: Arc<Exchange>, handler: HandlerFuture) -> Self {
        Self { exchange, handler: Some(handler) }
    }

    /// Moves the handler to a new slot with the same exchange, and leaves this slot empty.
    pub(crate) fn take(&mut self) -> Self {
        Self { exchange: Arc::clone(&self.exchange), handler: self.handler.take() }
    }

    /// Polls the handler. Returns pending if the slot is empty.
    #[inline]
    pub(crate) fn poll_handler(&mut self, cx: &mut Context<'_>) -> Poll<Result<Sent, Problem>> {
        let Some(handler) = &mut self.handler else {
            return Poll::Pending;
        };
        let polled = handler.as_mut().poll(cx);
        if polled.is_ready() {
            self.handler = None;
        }
        polled
    }

    /// Returns whether the handler has finished, was dropped, or was moved to another slot.
    #[inline]
    pub(crate) fn is_empty(&self) -> bool {
        self.handler.is_none()
    }

    /// Drops the handler.
    pub(crate) fn clear(&mut self) {
        self.handler = None;
    }
}

impl StreamWriter for HandlerSlot {
    #[inline]
    fn state(&self) -> &StreamState {
        self.exchange.stream()
    }

    #[inline]
    fn poll(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        self.poll_handler(cx).map(|result| {
            if let Err(problem) = result {
                self.exchange.fail(problem);
            }
        })
    }

    #[inline]
    fn has_finished(&self) -> bool {
        self.is_empty()
    }

    fn stop(&mut self) {
        self.clear();
    }
}
