//! The limits of one endpoint.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use http::header::RETRY_AFTER;
use http::{HeaderValue, StatusCode, request};
use hyperpoint_core::{Identity, Peer, Problem};

use super::rate::Rate;
use super::streams::{Permit, Streams};

/// When a client that has as many streams as it may is to look again.
const STREAMS_RETRY: Duration = Duration::from_secs(5);

/// The limits of one endpoint, of all levels.
pub(crate) struct EndpointLimits {
    pub(super) early: Vec<Arc<Rate>>,
    pub(super) late: Vec<Arc<Rate>>,
    pub(super) streams: Vec<Arc<Streams>>,
}

/// A request that is over a limit.
#[derive(Debug)]
pub(crate) struct OverLimit {
    /// How long its client has to wait.
    pub(crate) wait: Duration,
    detail: &'static str,
}

impl EndpointLimits {
    /// Counts a request before it is known who sends it.
    pub(crate) fn check_early(
        &self,
        request: &request::Parts,
        peer: Option<Peer>,
    ) -> Result<(), OverLimit> {
        let nobody = Identity::anonymous();
        let mut rates = self.early.iter();
        rates.try_for_each(|rate| rate.check(request, &nobody, peer)).map_err(OverLimit::rate)
    }

    /// Counts a request that was let in, and the stream that it may open. Streams are counted for
    /// as long as the permits live.
    pub(crate) fn check(
        &self,
        request: &request::Parts,
        identity: &Identity,
        peer: Option<Peer>,
    ) -> Result<Vec<Permit>, OverLimit> {
        let mut rates = self.late.iter();
        rates.try_for_each(|rate| rate.check(request, identity, peer)).map_err(OverLimit::rate)?;
        let permits = self.streams.iter().map(|streams| streams.open(identity, peer));
        permits.collect::<Option<_>>().ok_or(OverLimit::rate(STREAMS_RETRY))
    }
}

impl OverLimit {
    fn rate(wait: Duration) -> Self {
        Self { wait, detail: "you asked too often; wait a little" }
    }

    /// Too many credentials of the client's network were not accepted.
    pub(super) fn failed_authentication(wait: Duration) -> Self {
        let detail = "too many failed attempts to authenticate from your network; try again later";
        Self { wait, detail }
    }

    /// The refusal of a request that opens no event stream (RFC 6585 §4).
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
