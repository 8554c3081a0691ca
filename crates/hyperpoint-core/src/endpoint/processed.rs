//! An endpoint with processors around its handler. An endpoint without processors is called
//! directly.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;

use futures_util::FutureExt;
use serde_json::Value;

use super::call::{Call, ErasedEndpoint, context, expire_with, panicked, validate};
use super::endpoint::{Endpoint, Result};
use super::post_processing::PostProcessing;
use crate::answer::{Answer, Send};
use crate::bind::FromRequest;
use crate::exchange::HandlerFuture;
use crate::last_event_id::last_event_id;
use crate::processor::{PreCx, PreProcessor, Processors};

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
            let work = AssertUnwindSafe(run(&*self.endpoint, pre, &mut call)).catch_unwind();
            let result = work.await.unwrap_or_else(|panic| Err(panicked(&*panic)));
            let result = result.map_err(|problem| {
                let exchange = &call.exchange;
                exchange.host().problems().apply(problem).about(exchange.request())
            });
            post_processing.run(result).await
        })
    }
}

async fn run<E: Endpoint>(endpoint: &E, pre: &[Arc<dyn PreProcessor>], call: &mut Call) -> Result {
    let mut request = E::Request::from_request(call.incoming()).await?;
    validate(endpoint, &request)?;
    let Call { identity, peer, exchange, .. } = &*call;
    for processor in pre {
        let cx = PreCx {
            send: Send::<Value>::new(exchange),
            request: exchange.request(),
            identity,
            peer: *peer,
            state: exchange.state(),
            services: exchange.host().services(),
            tasks: exchange.host().tasks(),
            data: &mut request,
        };
        if let Some(sent) = processor.before(cx).await? {
            return Ok(sent);
        }
    }
    let mut last_id = None;
    if E::Response::STREAMS {
        expire_with(exchange, identity);
        call.body.discard().await?;
        last_id = last_event_id(call.exchange.request());
    }
    endpoint.handle(request, context(call, last_id.as_deref())).await
}
