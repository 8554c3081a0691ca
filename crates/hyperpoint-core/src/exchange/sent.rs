//! The proof that an answer was sent.

use std::pin::Pin;

use crate::problem::Problem;

/// The proof that an answer was sent. Only a method of `Send` makes one, and each takes `self`:
/// an endpoint answers exactly once, or it does not compile.
#[derive(Debug)]
#[must_use = "return it from `handle`: it is the proof that the request was answered"]
pub struct Sent(());

impl Sent {
    pub(crate) fn new() -> Self {
        Self(())
    }
}

/// A handler at work on one request. It owns all that it needs.
pub type HandlerFuture = Pin<Box<dyn Future<Output = Result<Sent, Problem>> + Send>>;
