//! A type-erased endpoint.

use std::sync::Arc;

use super::call::{Call, run};
use super::endpoint::Endpoint;
use super::streaming::stream;
use crate::answer::Answer;
use crate::exchange::HandlerFuture;

/// A type-erased endpoint. `call` boxes the future of the handler.
pub trait ErasedEndpoint: Send + Sync {
    /// Binds, validates and handles the request. A problem that the future returns has been
    /// converted by the host's problem rules, and its `instance` is the path of the request. A
    /// panic is converted to a 500.
    fn call(self: Arc<Self>, call: Call) -> HandlerFuture;
}

impl<E: Endpoint> ErasedEndpoint for E {
    fn call(self: Arc<Self>, mut call: Call) -> HandlerFuture {
        if E::Response::STREAMS {
            return Box::pin(stream(self, None, call));
        }
        Box::pin(async move { run(&*self, &[], &mut call).await })
    }
}
