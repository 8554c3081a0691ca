//! An endpoint with processors around its handler. An endpoint without processors is called
//! directly.

use std::sync::Arc;

use super::call::{Call, ErasedEndpoint, run};
use super::endpoint::Endpoint;
use super::post_processing::PostProcessing;
use crate::exchange::HandlerFuture;
use crate::processor::Processors;

/// An endpoint with processors around its handler.
pub(super) struct Processed<E> {
    pub(super) endpoint: Arc<E>,
    pub(super) processors: Processors,
}

impl<E: Endpoint> ErasedEndpoint for Processed<E> {
    fn call(self: Arc<Self>, mut call: Call) -> HandlerFuture {
        Box::pin(async move {
            let Processors { pre, post } = &self.processors;
            let post_processing = PostProcessing::new(post, &call);
            post_processing.run(run(&*self.endpoint, pre, &mut call).await).await
        })
    }
}
