//! The proof that a handler has responded.

use std::pin::Pin;

use crate::problem::Problem;

/// The proof that a handler has responded to a request. Only `Send` and its streams create the
/// proof, and sending consumes them. The compiler thus ensures that a handler that returns `Ok` has
/// responded exactly once.
///
/// # Examples
///
/// ```
/// use hyperpoint::answer::Send;
/// use hyperpoint::{Problem, Sent};
///
/// async fn created(send: Send<'_, u64>, id: u64) -> Result<Sent, Problem> {
///     send.ok_async(id).await
/// }
/// ```
#[derive(Debug)]
#[must_use = "return it from `handle`: it is the proof that the request was answered"]
pub struct Sent(());

impl Sent {
    pub(crate) fn new() -> Self {
        Self(())
    }
}

/// The future of a handler for one request. It borrows nothing: it owns the bound request, and
/// holds a reference to the exchange.
pub type HandlerFuture = Pin<Box<dyn Future<Output = Result<Sent, Problem>> + Send>>;
