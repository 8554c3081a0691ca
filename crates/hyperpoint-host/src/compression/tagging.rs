//! Compression of answers, as a layer of the host.

use std::pin::Pin;
use std::task::{Context, Poll, ready};

use http::{Request, Response};
use pin_project_lite::pin_project;
use tower::util::MapResponseLayer;
use tower_http::compression::CompressionLayer;
use tower_layer::{Stack, layer_fn};
use tower_service::Service;

use super::asked::{Asked, note_own_coding, rules};
use crate::host::Host;

impl Host {
    /// Compresses answers by gzip or brotli where `Accept-Encoding` asks for it. Images, answers of
    /// less than 32 bytes, ranges, what is compressed already, and what says `no-transform` are left
    /// as they are; so is every event stream.
    ///
    /// A compressed content has an entity tag of its own, that of the plain one with the coding
    /// behind it: `"7-gzip"`, `"7-br"`. Handlers never see it: in `If-Match` and `If-None-Match` it
    /// stands for the plain one.
    ///
    /// # Example
    ///
    /// ```
    /// use hyperpoint_host::Host;
    ///
    /// let host = Host::new().compression();
    /// # let _ = host;
    /// ```
    pub fn compression(self) -> Self {
        let compress = CompressionLayer::new().gzip(true).br(true).compress_when(rules());
        let layers = Stack::new(MapResponseLayer::new(note_own_coding), compress);
        self.layer(Stack::new(layers, layer_fn(Tagging)))
    }
}

/// The service that compresses, with tags that tell the codings of a content apart.
#[derive(Clone)]
struct Tagging<S>(S);

pin_project! {
    /// An answer on its way, and what was asked.
    struct Tagged<F> {
        #[pin]
        answer: F,
        asked: Asked,
    }
}

impl<S, B, C> Service<Request<B>> for Tagging<S>
where
    S: Service<Request<B>, Response = Response<C>>,
{
    type Response = Response<C>;
    type Error = S::Error;
    type Future = Tagged<S::Future>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.0.poll_ready(cx)
    }

    fn call(&mut self, mut request: Request<B>) -> Self::Future {
        let asked = Asked::of(&mut request);
        Tagged { answer: self.0.call(request), asked }
    }
}

impl<F, C, E> Future for Tagged<F>
where
    F: Future<Output = Result<Response<C>, E>>,
{
    type Output = Result<Response<C>, E>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let tagged = self.project();
        let mut answer = ready!(tagged.answer.poll(cx)?);
        tagged.asked.settle(&mut answer);
        Poll::Ready(Ok(answer))
    }
}
