//! The code that writes a stream.

use std::task::{Context, Poll};

use super::state::StreamState;

/// The code that writes a stream, such as the handler of an endpoint. The
/// [`StreamBody`](super::StreamBody) owns it and polls it.
pub trait StreamWriter {
    /// Returns the state that the code shares with the body.
    fn state(&self) -> &StreamState;

    /// Polls the code, and returns `Ready` when the code has finished. Not called after this method
    /// has returned `Ready`, or after [`stop`](Self::stop).
    fn poll(&mut self, cx: &mut Context<'_>) -> Poll<()>;

    /// Returns whether the code has finished or was stopped.
    fn has_finished(&self) -> bool;

    /// Drops the code, if it has not finished.
    fn stop(&mut self);
}
