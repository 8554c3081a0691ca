//! What `configure` says of how much a client may ask for.

use super::deprecation::Deprecation;
use super::limits::{LimitScope, RateLimit, StreamLimit};
use super::settings::Settings;

/// How much a client may ask for, and for how long the endpoint is there. A limit of a group is
/// shared by its endpoints, one of the host by all: each request counts for every level.
impl Settings {
    /// Limits how often a client may ask. Said again, both limits hold.
    ///
    /// # Example
    ///
    /// ```
    /// # let mut config = hyperpoint_core::Config::default();
    /// use hyperpoint_core::RateLimit;
    ///
    /// config.rate_limit(RateLimit::per_second(10));
    /// config.rate_limit(RateLimit::per_hour(1000));
    /// ```
    pub fn rate_limit(&mut self, limit: RateLimit) {
        self.rate_limits.push(limit);
    }

    /// How many event streams one user may have open at a time. Those of anonymous users are counted
    /// by address. One more is answered by an event `reconnect`.
    pub fn streams_per_user(&mut self, most: usize) {
        let (is_by_user, scope) = (true, LimitScope::Endpoint);
        self.stream_limits.push(StreamLimit { most, is_by_user, scope });
    }

    /// How many event streams one address may have open at a time: of the socket, and of IPv6 the
    /// first 64 bits. One more is answered by an event `reconnect`.
    pub fn streams_per_address(&mut self, most: usize) {
        let (is_by_user, scope) = (false, LimitScope::Endpoint);
        self.stream_limits.push(StreamLimit { most, is_by_user, scope });
    }

    /// Lifts the limits of rates and of streams that the group and the host have.
    pub fn lift_limits(&mut self) {
        self.lifts_limits = true;
    }

    /// Tells in every answer that the endpoint will go, by the headers `Deprecation` (RFC 9745) and
    /// `Sunset` (RFC 8594).
    ///
    /// # Example
    ///
    /// ```
    /// # let mut config = hyperpoint_core::Config::default();
    /// use hyperpoint_core::Deprecation;
    ///
    /// config.deprecated(
    ///     Deprecation::since("2026-03-01")
    ///         .sunset("2026-12-31")
    ///         .see("https://api.example/changes#v1"),
    /// );
    /// ```
    pub fn deprecated(&mut self, deprecation: Deprecation) {
        self.deprecation = Some(deprecation);
    }

    /// The limits of rates that hold, of all levels.
    #[must_use]
    pub fn rate_limits(&self) -> &[RateLimit] {
        &self.rate_limits
    }

    /// The limits of streams that hold, of all levels.
    #[must_use]
    pub fn stream_limits(&self) -> &[StreamLimit] {
        &self.stream_limits
    }

    /// Whether and since when the endpoint is deprecated.
    #[must_use]
    pub fn deprecation(&self) -> Option<&Deprecation> {
        self.deprecation.as_ref()
    }

    /// Notes who shares what these settings limit.
    pub(super) fn scope_limits(&mut self, scope: LimitScope) {
        self.rate_limits.iter_mut().for_each(|limit| limit.scope = scope);
        self.stream_limits.iter_mut().for_each(|limit| limit.scope = scope);
    }

    /// What is wrong with the limits, a sentence each.
    pub(super) fn mistakes_of_limits(&self) -> Vec<String> {
        let mut mistakes: Vec<_> = self.rate_limits.iter().flat_map(RateLimit::mistakes).collect();
        if self.stream_limits.iter().any(|limit| limit.most == 0) {
            mistakes.push("has a limit of 0 streams, which opens none; take it out".to_owned());
        }
        mistakes.extend(self.deprecation.iter().flat_map(Deprecation::mistakes));
        mistakes
    }
}
