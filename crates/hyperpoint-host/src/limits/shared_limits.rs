//! The counters of all limits of a host, and the sharing of counters between endpoints.

use std::any::TypeId;
use std::collections::HashMap;
use std::sync::Arc;

use hyperpoint_core::Config;
use hyperpoint_core::config::LimitScope;

use super::endpoint_limits::EndpointLimits;
use super::rate::Rate;
use super::streams::Streams;

/// Identifies a limit by scope, owner, and index within that scope. The owner is `None` for a limit
/// that endpoints share.
type LimitKey = (LimitScope, Option<LimitOwner>, usize);

/// The owner of a limit that is not shared.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum LimitOwner {
    /// An endpoint of this type.
    Endpoint(TypeId),
    /// A mounted service, by its index.
    Mount(usize),
    /// An already built endpoint that the application has mounted, by its index.
    Placed(usize),
}

/// The counters of a host's limits. Endpoints of one group share the group's counters, and all
/// endpoints and mounted services share the host's.
#[derive(Default)]
pub(crate) struct SharedLimits {
    rates: HashMap<LimitKey, Arc<Rate>>,
    streams: HashMap<LimitKey, Arc<Streams>>,
}

impl SharedLimits {
    /// Returns the limits of an endpoint or a service. Returns `None` if no limit applies to it, or
    /// if a rate limit is invalid.
    pub(crate) fn of(
        &mut self,
        config: &Config,
        owner: LimitOwner,
        opens_streams: bool,
    ) -> Option<Arc<EndpointLimits>> {
        let mut limits =
            EndpointLimits { early: Vec::new(), late: Vec::new(), streams: Vec::new() };
        for (key, limit) in with_keys(config.rate_limits(), owner, |limit| limit.scope()) {
            let rate = match self.rates.get(&key) {
                Some(rate) => Arc::clone(rate),
                // An invalid rate is reported as a configuration error elsewhere.
                None => Arc::new(Rate::new(limit)?),
            };
            self.rates.insert(key, Arc::clone(&rate));
            if rate.is_early() { limits.early.push(rate) } else { limits.late.push(rate) }
        }
        let of_streams = if opens_streams { config.stream_limits() } else { &[] };
        for (key, limit) in with_keys(of_streams, owner, |limit| limit.scope) {
            let new = || Arc::new(Streams::new(*limit));
            limits.streams.push(Arc::clone(self.streams.entry(key).or_insert_with(new)));
        }
        let is_empty = limits.early.is_empty() && limits.late.is_empty();
        (!is_empty || !limits.streams.is_empty()).then(|| Arc::new(limits))
    }
}

/// Pairs each limit with the key under which its counter is shared.
fn with_keys<L>(
    limits: &[L],
    owner: LimitOwner,
    scope: impl Fn(&L) -> LimitScope,
) -> impl Iterator<Item = (LimitKey, &L)> {
    limits.iter().enumerate().map(move |(index, limit)| {
        let level = scope(limit);
        let before = limits.iter().take(index).filter(|other| scope(other) == level).count();
        let owner = (level == LimitScope::Endpoint).then_some(owner);
        ((level, owner, before), limit)
    })
}
