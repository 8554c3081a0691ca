//! The configuration methods for limits and deprecation.

use super::deprecation::Deprecation;
use super::limits::{LimitScope, RateLimit, StreamLimit};
use super::settings::Settings;

/// Limits and deprecation. All endpoints of a group share a limit that the group sets, and all
/// endpoints of a host share a limit that the host sets. A request must be within the rate limits
/// of all levels, and an event stream within the stream limits of all levels, unless
/// [`lift_limits`](Settings::lift_limits) removes outer limits.
impl Settings {
    /// Limits the request rate of each client. A client that exceeds the limit gets a 429; see
    /// [`RateLimit`]. If the method is called several times, all limits apply. Default: no limit.
    ///
    /// # Examples
    ///
    /// ```
    /// # let mut config = hyperpoint::Config::default();
    /// use hyperpoint::RateLimit;
    ///
    /// config.rate_limit(RateLimit::per_second(10));
    /// config.rate_limit(RateLimit::per_hour(1000));
    /// ```
    pub fn rate_limit(&mut self, limit: RateLimit) {
        self.rate_limits.push(limit);
    }

    /// Sets the maximum number of concurrent event streams per user. If the method is called
    /// several times, all limits apply. Default: no limit.
    ///
    /// Streams of anonymous users are counted by IP address. A client that exceeds the limit gets
    /// an event `reconnect`, or a 429 if the endpoint sends streams [as
    /// written](Self::streams_as_written).
    ///
    /// # Examples
    ///
    /// ```
    /// # let mut config = hyperpoint::Config::default();
    /// config.get("/events");
    /// config.streams_per_user(3);
    /// config.streams_per_address(20);
    /// ```
    pub fn streams_per_user(&mut self, most: usize) {
        let (is_by_user, scope) = (true, LimitScope::Endpoint);
        self.stream_limits.push(StreamLimit { most, is_by_user, scope });
    }

    /// Sets the maximum number of concurrent event streams per IP address of the client. If the
    /// method is called several times, all limits apply. Default: no limit.
    ///
    /// IPv6 addresses with the same first 64 bits count as one address. A client that exceeds the
    /// limit gets an event `reconnect`, or a 429 if the endpoint sends streams [as
    /// written](Self::streams_as_written).
    ///
    /// # Examples
    ///
    /// ```
    /// # let mut config = hyperpoint::Config::default();
    /// config.get("/events");
    /// config.streams_per_address(20);
    /// ```
    pub fn streams_per_address(&mut self, most: usize) {
        let (is_by_user, scope) = (false, LimitScope::Endpoint);
        self.stream_limits.push(StreamLimit { most, is_by_user, scope });
    }

    /// Removes the stream limits that were set on these settings, for an endpoint that copies the
    /// settings of another endpoint but sends no event stream.
    #[doc(hidden)]
    pub fn clear_stream_limits(&mut self) {
        self.stream_limits.clear();
    }

    /// Removes the rate limits and stream limits that the outer levels (the groups and the host)
    /// set.
    ///
    /// # Examples
    ///
    /// ```
    /// # let mut config = hyperpoint::Config::default();
    /// config.get("/health");
    /// config.lift_limits();
    /// ```
    pub fn lift_limits(&mut self) {
        self.lifts_limits = true;
    }

    /// Announces in the responses of the endpoint that it is deprecated, with the headers
    /// `Deprecation` (RFC 9745), `Sunset` (RFC 8594) and `Link`. Replaces the deprecation that the
    /// group or the host sets. Default: not deprecated.
    ///
    /// # Examples
    ///
    /// ```
    /// # let mut config = hyperpoint::Config::default();
    /// use hyperpoint::Deprecation;
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

    /// Returns the rate limits of all levels, except for limits that an inner level
    /// [removes](Self::lift_limits).
    #[must_use]
    pub fn rate_limits(&self) -> &[RateLimit] {
        &self.rate_limits
    }

    /// Returns the stream limits of all levels, except for limits that an inner level
    /// [removes](Self::lift_limits).
    #[must_use]
    pub fn stream_limits(&self) -> &[StreamLimit] {
        &self.stream_limits
    }

    /// Returns the deprecation, or `None` if the endpoint is not deprecated.
    #[must_use]
    pub fn deprecation(&self) -> Option<&Deprecation> {
        self.deprecation.as_ref()
    }

    /// Sets the scope of all limits: the endpoints that share them.
    pub(super) fn scope_limits(&mut self, scope: LimitScope) {
        self.rate_limits.iter_mut().for_each(|limit| limit.scope = scope);
        self.stream_limits.iter_mut().for_each(|limit| limit.scope = scope);
    }

    /// Returns the configuration errors of the limits and the deprecation, one message each.
    pub(super) fn configuration_errors_of_limits(&self) -> Vec<String> {
        let mut errors: Vec<_> =
            self.rate_limits.iter().flat_map(RateLimit::configuration_errors).collect();
        if self.stream_limits.iter().any(|limit| limit.most == 0) {
            errors
                .push("has a limit of 0 streams, which refuses every stream; remove it".to_owned());
        }
        errors.extend(self.deprecation.iter().flat_map(Deprecation::configuration_errors));
        errors
    }
}
