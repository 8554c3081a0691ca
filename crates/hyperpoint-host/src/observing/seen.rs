//! What becomes known of a request on its way.

use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::sync::{Arc, OnceLock};

use http::Extensions;
use tracing::Span;

/// What becomes known of a request on its way, for whoever looks on. It travels in the extensions
/// of the request.
#[derive(Debug)]
pub(crate) struct Seen {
    pub(super) span: Span,
    wants_user: bool,
    route: OnceLock<Arc<str>>,
    refusal: OnceLock<&'static str>,
    received_bytes: AtomicU64,
}

impl Seen {
    pub(super) fn new(span: Span, wants_user: bool, route: Option<&Arc<str>>) -> Self {
        let (refusal, received_bytes) = Default::default();
        let route = route.map(|route| OnceLock::from(Arc::clone(route))).unwrap_or_default();
        Self { span, wants_user, route, refusal, received_bytes }
    }

    /// What is known of the request with these extensions; none where nobody looks on.
    pub(crate) fn of(extensions: &Extensions) -> Option<&Arc<Self>> {
        extensions.get::<Arc<Self>>()
    }

    /// It took this route. Where a layer has changed its path, that is learned only now.
    pub(crate) fn found(&self, route: &Arc<str>) {
        if self.route.set(Arc::clone(route)).is_ok() {
            self.span.record("http.route", &**route);
        }
    }

    /// It is this user who asks.
    pub(crate) fn admitted(&self, user: Option<&str>) {
        if let Some(user) = user.filter(|_| self.wants_user) {
            self.span.record("user.id", user);
        }
    }

    /// It is refused, for a reason that its status does not tell.
    pub(crate) fn refused(&self, reason: &'static str) {
        if self.refusal.set(reason).is_ok() {
            self.span.record("refusal", reason);
        }
    }

    pub(super) fn received(&self, bytes: usize) {
        self.received_bytes.fetch_add(bytes as u64, Relaxed);
    }

    pub(super) fn route(&self) -> &str {
        self.route.get().map_or("", |route| route)
    }

    pub(super) fn refusal(&self) -> Option<&'static str> {
        self.refusal.get().copied()
    }

    pub(super) fn received_bytes(&self) -> u64 {
        self.received_bytes.load(Relaxed)
    }
}
