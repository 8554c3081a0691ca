//! Data about one request, collected while it is processed.

use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::sync::{Arc, OnceLock};

use http::Extensions;
use tracing::Span;

/// Data about one request for its span and its metrics: route, user, refusal, and received bytes.
/// Stored in the request's extensions, so that each step of the pipeline can add to it.
#[derive(Debug)]
pub(crate) struct RequestRecord {
    pub(super) span: Span,
    wants_user: bool,
    route: OnceLock<Arc<str>>,
    refusal: OnceLock<&'static str>,
    received_bytes: AtomicU64,
}

impl RequestRecord {
    pub(super) fn new(span: Span, wants_user: bool, route: Option<&Arc<str>>) -> Self {
        let (refusal, received_bytes) = Default::default();
        let route = route.map(|route| OnceLock::from(Arc::clone(route))).unwrap_or_default();
        Self { span, wants_user, route, refusal, received_bytes }
    }

    /// Returns the record of the request with these extensions, or `None` if the request has no
    /// telemetry.
    pub(crate) fn of(extensions: &Extensions) -> Option<&Arc<Self>> {
        extensions.get::<Arc<Self>>()
    }

    /// Records the matched route, unless a route is already recorded. If a layer rewrites the path,
    /// the route may be unknown before this call.
    pub(crate) fn record_route(&self, route: &Arc<str>) {
        if self.route.set(Arc::clone(route)).is_ok() {
            self.span.record("http.route", &**route);
        }
    }

    /// Records the authenticated user, if traces include user ids.
    pub(crate) fn record_user(&self, user: Option<&str>) {
        if let Some(user) = user.filter(|_| self.wants_user) {
            self.span.record("user.id", user);
        }
    }

    /// Records the reason for which the host refused the request: `over_limit` or `stopping`. Keeps
    /// only the first reason.
    pub(crate) fn record_refusal(&self, reason: &'static str) {
        if self.refusal.set(reason).is_ok() {
            self.span.record("refusal", reason);
        }
    }

    pub(super) fn add_received(&self, bytes: usize) {
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
