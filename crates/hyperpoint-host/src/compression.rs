//! Compression of answers, as clients ask for it.

use http::header::{ACCEPT_ENCODING, ACCEPT_RANGES, CACHE_CONTROL, CONTENT_ENCODING, ETAG};
use http::{Extensions, HeaderMap, HeaderValue, Request, Response, StatusCode, Version};
use hyperpoint_core::Body;
use tower::util::{MapRequestLayer, MapResponseLayer};
use tower_http::compression::predicate::{DefaultPredicate, Predicate};
use tower_http::compression::{CompressionBody, CompressionLayer};
use tower_layer::Stack;

use crate::host::Host;

/// Marks an answer of which ranges may be asked for.
#[derive(Clone, Copy)]
struct HasRanges;

impl Host {
    /// Compresses answers by gzip or brotli where `Accept-Encoding` asks for it. Images, answers of
    /// less than 32 bytes, ranges, what is compressed already, and what says `no-transform` are left
    /// as they are; so is every event stream.
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
        let compress = CompressionLayer::new().gzip(true).br(true);
        let compress = compress.compress_when(DefaultPredicate::new().and(may_be_transformed));
        let layers = Stack::new(MapResponseLayer::new(note_ranges), compress);
        let layers = Stack::new(layers, MapResponseLayer::new(weaken::<CompressionBody<Body>>));
        self.layer(Stack::new(layers, MapRequestLayer::new(acceptable::<Body>)))
    }
}

/// Whether no rule forbids to change the answer on its way (RFC 9111 §5.2.2.6).
fn may_be_transformed(_: StatusCode, _: Version, headers: &HeaderMap, _: &Extensions) -> bool {
    let values = headers.get_all(CACHE_CONTROL).iter().filter_map(|value| value.to_str().ok());
    let mut directives = values.flat_map(|value| value.split(','));
    !directives.any(|directive| directive.trim().eq_ignore_ascii_case("no-transform"))
}

fn note_ranges(mut response: Response<Body>) -> Response<Body> {
    if response.headers().contains_key(ACCEPT_RANGES) {
        response.extensions_mut().insert(HasRanges);
    }
    response
}

/// A strong tag promises the same bytes (RFC 9110 §8.8.3.3): a part of the plain content must not
/// be put together with a part of the compressed one.
fn weaken<B>(mut response: Response<B>) -> Response<B> {
    let is_changed = response.headers().contains_key(CONTENT_ENCODING);
    if is_changed && response.extensions().get::<HasRanges>().is_some() {
        let tag = response.headers().get(ETAG).filter(|tag| tag.as_bytes().starts_with(b"\""));
        let weak = tag.map(|tag| [b"W/", tag.as_bytes()].concat());
        if let Some(weak) = weak.and_then(|weak| HeaderValue::from_bytes(&weak).ok()) {
            response.headers_mut().insert(ETAG, weak);
        }
    }
    response
}

/// A client that takes no coding of ours, and refuses what is not encoded too, gets that all the
/// same: it is the best there is (RFC 9110 §12.5.3).
fn acceptable<B>(mut request: Request<B>) -> Request<B> {
    let values = request.headers().get_all(ACCEPT_ENCODING).iter();
    let (mut takes_ours, mut refuses_plain) = (false, false);
    for coding in values.filter_map(|value| value.to_str().ok()).flat_map(|value| value.split(','))
    {
        let (name, weight) = coding.split_once(';').unwrap_or((coding, ""));
        let weight = weight.trim().strip_prefix(['q', 'Q']).unwrap_or_default().trim_start();
        let weight = weight.strip_prefix('=').and_then(|weight| weight.trim().parse::<f32>().ok());
        match (name.trim().to_ascii_lowercase().as_str(), weight == Some(0.0)) {
            ("gzip" | "x-gzip" | "br" | "*", false) => takes_ours = true,
            ("identity" | "*", true) => refuses_plain = true,
            _ => {}
        }
    }
    if refuses_plain && !takes_ours {
        request.headers_mut().remove(ACCEPT_ENCODING);
    }
    request
}
