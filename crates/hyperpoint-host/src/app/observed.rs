//! A request and its answer under observation.

use std::error::Error;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use http::{Request, Response};
use http_body::Body as HttpBody;
use hyperpoint_core::Body;

use super::responding::Responding;
use crate::observing::{Observing, ReceivedBody, SentBody, Watch};
use crate::routing::RouteTable;

/// Answers a request so, under observation until the last byte of the answer is gone.
pub(super) fn observed<B>(
    (observing, routes): (&Arc<Observing>, &RouteTable),
    request: Request<B>,
    answer: impl FnOnce(Request<Body>) -> Responding,
) -> Responding
where
    B: HttpBody<Data = Bytes> + Send + 'static,
    B::Error: Into<Box<dyn Error + Send + Sync>>,
{
    let (mut head, body) = request.into_parts();
    let route = routes.template(&head.method, head.uri.path());
    let watch = Watch::new(observing, &mut head, route);
    let body = Body::boxed(ReceivedBody::new(body, Arc::clone(watch.seen())));
    let request = Request::from_parts(head, body);
    let responding = watch.span().in_scope(|| answer(request));
    Responding::Boxed(Box::pin(Observed { responding, watch: Some(watch) }))
}

/// An answer on its way, under observation.
struct Observed {
    responding: Responding,
    /// None once it went on with the body.
    watch: Option<Watch>,
}

impl Future for Observed {
    type Output = Response<Body>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Response<Body>> {
        let Self { responding, watch } = &mut *self;
        let Some(looking) = watch else {
            return Poll::Pending;
        };
        let mut answer = ready!(looking.span().in_scope(|| Pin::new(responding).poll(cx)));
        looking.answered(&mut answer);
        Poll::Ready(match watch.take() {
            Some(watch) => answer.map(|body| Body::boxed(SentBody::new(body, watch))),
            None => answer,
        })
    }
}

impl Drop for Observed {
    fn drop(&mut self) {
        // What the handler says as it goes belongs to its request.
        if let Some(watch) = &self.watch {
            let responding = &mut self.responding;
            watch.span().in_scope(|| *responding = Responding::Done(None));
        }
    }
}
