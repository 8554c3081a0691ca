//! The limits that apply to one endpoint.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use http::header::RETRY_AFTER;
use http::{HeaderValue, StatusCode, request};
use hyperpoint_core::{Identity, Peer, Problem};

use super::rate::Rate;
use super::streams::{Permit, Streams};

/// Retry delay for a client that is at its limit of open streams.
const STREAMS_RETRY: Duration = Duration::from_secs(5);

/// The limits of one endpoint or mounted service: its own, those of its groups, and the host's.
pub(crate) struct EndpointLimits {
    /// Rate limits that are checked before authentication.
    pub(super) early: Vec<Arc<Rate>>,
    /// Rate limits that are checked after authentication.
    pub(super) late: Vec<Arc<Rate>>,
    pub(super) streams: Vec<Arc<Streams>>,
}

/// The refusal of a request that is over a limit.
#[derive(Debug)]
pub(crate) struct OverLimit {
    /// The time after which the client may retry.
    pub(crate) wait: Duration,
    detail: &'static str,
}

impl EndpointLimits {
    /// Counts a request before its authentication.
    ///
    /// # Errors
    ///
    /// Returns an error if the client is over a limit.
    pub(crate) fn check_early(
        &self,
        request: &request::Parts,
        peer: Option<Peer>,
    ) -> Result<(), OverLimit> {
        let anonymous = Identity::anonymous();
        let mut rates = self.early.iter();
        rates.try_for_each(|rate| rate.check(request, &anonymous, peer)).map_err(OverLimit::rate)
    }

    /// Counts an authorized request.
    ///
    /// # Errors
    ///
    /// Returns an error if the client is over a limit.
    pub(crate) fn check(
        &self,
        request: &request::Parts,
        identity: &Identity,
        peer: Option<Peer>,
    ) -> Result<(), OverLimit> {
        let mut rates = self.late.iter();
        rates.try_for_each(|rate| rate.check(request, identity, peer)).map_err(OverLimit::rate)
    }

    /// Counts an event stream, which is open until the permits are dropped.
    ///
    /// # Errors
    ///
    /// Returns an error if the client is over a limit.
    pub(crate) fn open_stream(
        &self,
        identity: &Identity,
        peer: Option<Peer>,
    ) -> Result<Vec<Permit>, OverLimit> {
        let permits = self.streams.iter().map(|streams| streams.open(identity, peer));
        permits.collect::<Option<_>>().ok_or(OverLimit::rate(STREAMS_RETRY))
    }
}

impl OverLimit {
    fn rate(wait: Duration) -> Self {
        Self { wait, detail: "too many requests; try again later" }
    }

    /// Creates the refusal for a client whose network has too many failed authentication attempts.
    pub(super) fn failed_authentication(wait: Duration) -> Self {
        let detail = "too many failed attempts to authenticate from your network; try again later";
        Self { wait, detail }
    }

    /// Converts the refusal into a 429 problem with `Retry-After` (RFC 6585 §4). A client that
    /// requests an event stream for `EventSource` is sent a 200 instead, because browsers do not
    /// reconnect after an error status.
    pub(crate) fn into_problem(self) -> Problem {
        let Self { wait, detail } = self;
        let seconds = wait.as_secs() + u64::from(wait.subsec_nanos() > 0);
        Problem::new(StatusCode::TOO_MANY_REQUESTS)
            .detail(detail)
            .header(RETRY_AFTER, HeaderValue::from(seconds.max(1)))
    }
}

impl fmt::Debug for EndpointLimits {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("EndpointLimits").finish_non_exhaustive()
    }
}
