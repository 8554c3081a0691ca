//! An endpoint with processors around its handler. An endpoint without processors is called
//! directly.

use std::sync::Arc;

use super::call::{Call, run};
use super::endpoint::Endpoint;
use super::erased_endpoint::ErasedEndpoint;
use super::post_processing::PostProcessing;
use super::streaming::stream;
use crate::answer::Answer;
use crate::exchange::HandlerFuture;
use crate::processor::Processors;

/// An endpoint with processors around its handler.
pub(super) struct Processed<E> {
    pub(super) endpoint: Arc<E>,
    pub(super) processors: Processors,
}

impl<E: Endpoint> ErasedEndpoint for Processed<E> {
    fn call(self: Arc<Self>, mut call: Call) -> HandlerFuture {
        if E::Response::STREAMS {
            // Boxed, so that the future reserves no memory for the call while the stream is open.
            let call = Box::new(call);
            return Box::pin(async move {
                let post_processing = PostProcessing::new(&self.processors.post, &call);
                let pre = Some(Arc::clone(&self.processors.pre));
                let handling = stream(Arc::clone(&self.endpoint), pre, *call);
                post_processing.run(handling.await).await
            });
        }
        Box::pin(async move {
            let Processors { pre, post } = &self.processors;
            let post_processing = PostProcessing::new(post, &call);
            post_processing.run(run(&*self.endpoint, pre, &mut call).await).await
        })
    }
}
