//! Compression of responses, as a layer of the host.

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
    /// Compresses responses with gzip or brotli if the client requests it with `Accept-Encoding`.
    /// Event streams, gRPC responses, images other than SVG, responses under 32 bytes, byte ranges,
    /// encoded responses, and responses with `Cache-Control: no-transform` are not compressed.
    /// Default: no compression. Needs the feature `compression`.
    ///
    /// A compressed response has its own entity tag with the coding appended, such as `"7-gzip"` or
    /// `"7-br"` for `"7"`. Handlers set and compare only uncompressed tags: in `If-Match` and
    /// `If-None-Match`, a tag of a coding counts as the tag of uncompressed content.
    ///
    /// # Examples
    ///
    /// ```
    /// use hyperpoint::Host;
    ///
    /// let host = Host::new().compression();
    /// # drop(host);
    /// ```
    pub fn compression(self) -> Self {
        // Another crate of the application may have enabled the features for deflate and zstd.
        let compress = CompressionLayer::new().no_deflate().no_zstd();
        let compress = compress.compress_when(rules());
        let layers = Stack::new(MapResponseLayer::new(note_own_coding), compress);
        self.layer(Stack::new(layers, layer_fn(Tagging)))
    }
}

/// A service that translates entity tags around the compression service.
#[derive(Clone)]
struct Tagging<S>(S);

pin_project! {
    /// The future of a response whose tag is translated.
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
