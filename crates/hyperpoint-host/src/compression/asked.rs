//! Translation of entity tags between clients and the application, which uses only the tags of
//! uncompressed content.

use bytes::Bytes;
use http::header::{
    ACCEPT_ENCODING, CACHE_CONTROL, CONTENT_ENCODING, CONTENT_TYPE, ETAG, IF_MATCH, IF_NONE_MATCH,
    VARY,
};
use http::{Extensions, HeaderMap, HeaderName, HeaderValue, Method, Request, Response, StatusCode};
use hyperpoint_core::content::WholeContent;
use tower_http::compression::predicate::{DefaultPredicate, Predicate};

use super::coded_tags::{coded, has, with_plain};
use super::codings::{Coding, Codings};

/// The codings and entity tags of a request, kept to adapt the response.
pub(super) struct Asked {
    codings: Codings,
    /// The values of `If-None-Match` as the client has sent them.
    known: Vec<HeaderValue>,
}

/// Marks a response that the application itself has encoded.
#[derive(Clone, Copy)]
struct OwnCoding;

/// An empty body with this length as its size hint, for the compression rules.
struct Length(u64);

/// Returns the rules that decide whether a response is compressed.
pub(super) fn rules() -> impl Predicate + Send + Sync + 'static {
    DefaultPredicate::new().and(may_be_transformed)
}

/// Returns whether the response may be compressed: it has no `no-transform` (RFC 9111 §5.2.2.6),
/// and it is not partial content, whose byte ranges differ between codings.
fn may_be_transformed(
    status: StatusCode,
    _: http::Version,
    headers: &HeaderMap,
    _: &Extensions,
) -> bool {
    let values = headers.get_all(CACHE_CONTROL).iter().filter_map(|value| value.to_str().ok());
    let mut directives = values.flat_map(|value| value.split(','));
    status != StatusCode::PARTIAL_CONTENT
        && !directives.any(|directive| directive.trim().eq_ignore_ascii_case("no-transform"))
}

/// Marks a response that already has a content coding before compression.
pub(super) fn note_own_coding<B>(mut response: Response<B>) -> Response<B> {
    if response.headers().contains_key(CONTENT_ENCODING) {
        response.extensions_mut().insert(OwnCoding);
    }
    response
}

impl Asked {
    /// Reads the codings and tags of a request. For each tag of encoded content in `If-Match` and
    /// `If-None-Match`, adds the tag of uncompressed content, which the application compares. In
    /// `If-None-Match` of GET, HEAD and QUERY, adds it only if the client still accepts the coding.
    pub(super) fn of<B>(request: &mut Request<B>) -> Self {
        let is_read = [Method::GET, Method::HEAD, Method::QUERY].contains(request.method());
        let headers = request.headers_mut();
        let codings = Codings::of(headers);
        let known = headers.get_all(IF_NONE_MATCH).iter().cloned().collect();
        translate(headers, IF_MATCH, |_| true);
        translate(headers, IF_NONE_MATCH, |coding| !is_read || codings.accept(coding));
        // If no coding is acceptable, uncompressed content is sent anyway (RFC 9110 §12.5.3).
        if codings.refuse_all() {
            headers.remove(ACCEPT_ENCODING);
        }
        Self { codings, known }
    }

    /// Replaces the response's entity tag with the tag of its coding. If the complete response
    /// would be compressed, a 304 and a 206 get its `Vary`, and a 304 gets a tag that the client
    /// has (RFC 9110 §15.3.7, §15.4.5).
    pub(super) fn settle<B>(&self, response: &mut Response<B>) {
        if let Some(whole) = response.extensions_mut().remove::<WholeContent>() {
            let is_not_modified = response.status() == StatusCode::NOT_MODIFIED;
            let headers = response.headers_mut();
            let is_compressed = is_compressed(&whole, headers);
            if is_compressed {
                vary_by_coding(headers);
            }
            if is_compressed && is_not_modified {
                self.tag_known(headers);
            }
        } else if response.extensions().get::<OwnCoding>().is_none() {
            let coding = response.headers().get(CONTENT_ENCODING);
            let coding =
                coding.and_then(|name| Coding::ALL.into_iter().find(|one| name == one.name()));
            if let Some(coding) = coding {
                tag(response.headers_mut(), coding);
            }
        }
    }

    /// Sets the tag of a 304 to a tag that the client has: preferably the tag of the coding in
    /// which the content would be sent now, otherwise the tag of uncompressed content or of another
    /// accepted coding.
    fn tag_known(&self, headers: &mut HeaderMap) {
        let Some(plain) = headers.get(ETAG).cloned() else {
            return;
        };
        let is_known = |tag: &HeaderValue| self.known.iter().any(|list| has(list, tag));
        let of = |coding: Option<Coding>| match coding {
            Some(coding) => coded(&plain, coding),
            None => Some(plain.clone()),
        };
        let preferred = of(self.codings.preferred());
        let accepted = Coding::ALL.into_iter().filter(|&coding| self.codings.accept(coding));
        let others = accepted.filter_map(|coding| of(Some(coding)));
        let mut candidates = preferred.clone().into_iter().chain(of(None)).chain(others);
        // The fallback is for a request whose condition contains no tag: a date or `*`.
        if let Some(tag) = candidates.find(is_known).or(preferred) {
            headers.insert(ETAG, tag);
        }
    }
}

/// Adds the tags of uncompressed content to the lists in a header.
fn translate(headers: &mut HeaderMap, name: HeaderName, codings: impl Fn(Coding) -> bool) {
    if let http::header::Entry::Occupied(mut lists) = headers.entry(name) {
        lists.iter_mut().for_each(|list| *list = with_plain(list, &codings));
    }
}

/// Replaces the entity tag of encoded content with the tag of its coding.
fn tag(headers: &mut HeaderMap, coding: Coding) {
    if let Some(tag) = headers.get(ETAG).and_then(|tag| coded(tag, coding)) {
        headers.insert(ETAG, tag);
    }
}

/// Returns whether the complete content is compressed for clients that accept a coding.
fn is_compressed(whole: &WholeContent, headers: &HeaderMap) -> bool {
    let mut response = Response::new(Length(whole.length));
    for value in headers.get_all(CACHE_CONTROL) {
        response.headers_mut().append(CACHE_CONTROL, value.clone());
    }
    if let Some(kind) = &whole.content_type {
        response.headers_mut().insert(CONTENT_TYPE, kind.clone());
    }
    !whole.is_encoded && rules().should_compress(&response)
}

/// Adds `Accept-Encoding` to `Vary`, unless `Vary` contains it or `*`.
fn vary_by_coding(headers: &mut HeaderMap) {
    let values = headers.get_all(VARY).iter().filter_map(|value| value.to_str().ok());
    let mut names = values.flat_map(|value| value.split(',')).map(str::trim);
    if !names.any(|name| name == "*" || name.eq_ignore_ascii_case(ACCEPT_ENCODING.as_str())) {
        headers.append(VARY, ACCEPT_ENCODING.into());
    }
}

impl http_body::Body for Length {
    type Data = Bytes;
    type Error = std::convert::Infallible;

    fn poll_frame(
        self: std::pin::Pin<&mut Self>,
        _: &mut std::task::Context<'_>,
    ) -> std::task::Poll<Option<Result<http_body::Frame<Bytes>, Self::Error>>> {
        std::task::Poll::Ready(None)
    }

    fn size_hint(&self) -> http_body::SizeHint {
        http_body::SizeHint::with_exact(self.0)
    }
}
