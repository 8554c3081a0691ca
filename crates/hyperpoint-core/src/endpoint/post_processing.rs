//! Execution of the post-processors of a request, whatever its outcome.

use std::sync::Arc;

use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use hyperpoint_sse::stream::StreamEnd;
use tokio::runtime::Handle;
use tokio::time::Instant;

use super::call::{Call, caught};
use super::endpoint::Result;
use crate::exchange::Exchange;
use crate::identity::Identity;
use crate::peer::Peer;
use crate::problem::Problem;
use crate::processor::{Outcome, PostCx, PostProcessor};

/// The pending post-processing of a request. If it is dropped before it has finished, for instance
/// because the client disconnects, the remaining work runs in a task of the host.
pub(super) struct PostProcessing {
    /// The inputs, or `None` if there are no post-processors or they have already started.
    waiting: Option<Waiting>,
    work: Option<BoxFuture<'static, Result>>,
    exchange: Arc<Exchange>,
}

/// The inputs of post-processing, kept while the handler runs.
struct Waiting {
    post: Arc<[Arc<dyn PostProcessor>]>,
    identity: Identity,
    peer: Option<Peer>,
    began: Instant,
}

impl PostProcessing {
    /// Creates the post-processing of a call, and starts to measure the duration of the request.
    pub(super) fn new(post: &Arc<[Arc<dyn PostProcessor>]>, call: &Call) -> Self {
        let waiting = Waiting {
            post: Arc::clone(post),
            identity: call.identity.clone(),
            peer: call.peer,
            began: Instant::now(),
        };
        let waiting = (!post.is_empty()).then_some(waiting);
        Self { waiting, work: None, exchange: Arc::clone(&call.exchange) }
    }

    /// Runs the post-processors, then returns the result of the handler unchanged.
    pub(super) async fn run(mut self, result: Result) -> Result {
        let Some(waiting) = self.waiting.take() else {
            return result;
        };
        if result.is_err() {
            // Records the failure of a stream whose handler returned an error, before the body
            // reports it.
            self.exchange.stream().end(StreamEnd::Failed);
        }
        let work = self.work.insert(waiting.run(Arc::clone(&self.exchange), Some(result)).boxed());
        let result = work.await;
        self.work = None;
        result
    }
}

impl Drop for PostProcessing {
    fn drop(&mut self) {
        let unstarted = self.waiting.take().map(|waiting| {
            let exchange = Arc::clone(&self.exchange);
            waiting.run(exchange, None).boxed()
        });
        // Without a runtime, the host has shut down, and no task can be spawned.
        if let Some(work) = unstarted.or_else(|| self.work.take())
            && Handle::try_current().is_ok()
        {
            self.exchange.host().tasks().spawn(work.map(drop));
        }
    }
}

impl Waiting {
    /// Runs each post-processor, then returns `result`. If `result` is `None`, the handler was
    /// dropped before it finished, and the returned problem is not sent.
    async fn run(self, exchange: Arc<Exchange>, result: Option<Result>) -> Result {
        let elapsed = self.began.elapsed();
        let problem = match &result {
            Some(Err(problem)) => Some(problem),
            _ => exchange.failure(),
        };
        let stream = exchange.report();
        let is_of_bytes = exchange.has_opened_bytes();
        let is_streamed = is_of_bytes || stream.is_some();
        let status = match problem {
            Some(problem) if !is_streamed => Some(problem.status()),
            _ => exchange.status(),
        };
        // For HEAD, the handler of a byte stream is dropped once the head is known.
        let is_withheld = is_of_bytes && exchange.is_head_request();
        let is_cut_by_client =
            || result.is_none() && !is_withheld && !exchange.host().has_stopped();
        let has_client_left =
            stream.map_or_else(is_cut_by_client, |stream| stream.end == StreamEnd::ClientLeft);
        let outcome = Outcome { status, problem, has_client_left, elapsed, stream };
        for processor in &*self.post {
            let cx = PostCx {
                outcome,
                request: exchange.request(),
                identity: &self.identity,
                peer: self.peer,
                state: exchange.state(),
                services: exchange.host().services(),
                tasks: exchange.host().tasks(),
            };
            let after = async { processor.after(cx).await };
            if let Err(problem) = caught("a post-processor", after).await {
                problem.about(exchange.request()).log();
            }
        }
        result
            .unwrap_or_else(|| Err(Problem::internal("the handler was dropped before it finished")))
    }
}
