//! The connections that are open: how many there may be, and which one goes where it is too many.

use std::collections::HashMap;
use std::fmt;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use tokio::task::{Id, JoinSet};
use tokio::time::Instant;

use crate::connection::{Activity, Spare};
use crate::options::ServerOptions;
use crate::telemetry::Meter;

/// How long a client has for its first request, and for the rest of a later one, before its
/// connection is closed to make room.
const YOUNG: Duration = Duration::from_secs(1);

/// The connections that are open, each in a task. Dropped, it ends them.
pub(super) struct Connections {
    /// Each gives the reason for which its connection is over.
    tasks: JoinSet<&'static str>,
    open: HashMap<Id, Open>,
    /// Kept only where there is a bound.
    of_address: HashMap<IpAddr, usize>,
    limit: usize,
    limit_of_address: Option<usize>,
    meter: Option<Arc<dyn Meter>>,
}

#[derive(Debug)]
struct Open {
    activity: Arc<Activity>,
    /// None where it does not count.
    address: Option<IpAddr>,
}

impl Connections {
    /// None yet, and as many as the options let.
    pub(super) fn new(options: &ServerOptions, meter: Option<Arc<dyn Meter>>) -> Self {
        Self {
            tasks: JoinSet::new(),
            open: HashMap::new(),
            of_address: HashMap::new(),
            limit: options.connection_limit().unwrap_or(usize::MAX),
            limit_of_address: options.connections_per_address,
            meter,
        }
    }

    pub(super) fn len(&self) -> usize {
        self.tasks.len()
    }

    /// Whether one more is too many.
    pub(super) fn is_full(&self) -> bool {
        self.tasks.len() >= self.limit
    }

    /// Whether one more from this address is too many.
    pub(super) fn is_full_for(&self, address: SocketAddr) -> bool {
        self.limit_of_address.is_some_and(|limit| {
            self.of_address.get(&network(address)).is_some_and(|open| *open >= limit)
        })
    }

    /// Serves one more.
    pub(super) fn add(
        &mut self,
        address: Option<SocketAddr>,
        activity: Arc<Activity>,
        serve: impl Future<Output = &'static str> + Send + 'static,
    ) {
        if let Some(meter) = &self.meter {
            meter.connection_opened();
        }
        let address = address.filter(|_| self.limit_of_address.is_some()).map(network);
        if let Some(address) = address {
            *self.of_address.entry(address).or_default() += 1;
        }
        let id = self.tasks.spawn(serve).id();
        self.open.insert(id, Open { activity, address });
    }

    /// Makes room because a connection can't be accepted for want of a descriptor.
    pub(super) fn out_of_descriptors(&self) {
        self.refused("out_of_descriptors");
        self.make_room();
    }

    /// Closes one connection, if the host can do without one: the oldest that has sent no whole
    /// request; else the one that takes longest to send another; else the longest idle one.
    ///
    /// A client has a second for each request. While more than a quarter of all connections are silent
    /// and younger than that, no idle one is closed for them: after that second, either they have sent
    /// a request or they go first.
    pub(super) fn make_room(&self) {
        let (now, mut newcomers) = (Instant::now(), 0);
        let old = self.open.values().filter_map(|open| {
            let (spare, since) = open.activity.spare()?;
            let is_young = spare != Spare::Idle && now < since + YOUNG;
            newcomers += usize::from(is_young && spare == Spare::Silent);
            (!is_young).then_some(((spare, since), &open.activity))
        });
        let Some(((spare, _), activity)) = old.min_by_key(|(rank, _)| *rank) else {
            return;
        };
        if spare != Spare::Idle || newcomers * 4 <= self.len() {
            tracing::debug!(?spare, "a connection is closed to make room");
            activity.dismiss();
        }
    }

    /// The host stops: none takes more requests than it has.
    pub(super) fn leave(&self) {
        self.open.values().for_each(|open| open.activity.leave());
    }

    /// Whether nobody has asked for anything on any of them.
    pub(super) fn are_silent(&self) -> bool {
        self.open.values().all(|open| open.activity.is_silent())
    }

    /// Waits until one has ended; false where none is left.
    ///
    /// # Cancel safety
    ///
    /// Safe: one that has ended is counted as ended before anything else is awaited.
    pub(super) async fn one_ended(&mut self) -> bool {
        let Some(ended) = self.tasks.join_next_with_id().await else {
            return false;
        };
        let (id, why) = ended.unwrap_or_else(|error| (error.id(), "panicked"));
        if let Some(meter) = &self.meter {
            meter.connection_closed(why);
        }
        if let Some(address) = self.open.remove(&id).and_then(|open| open.address) {
            self.forget(address);
        }
        true
    }

    /// Tells that one was not served.
    pub(super) fn refused(&self, why: &'static str) {
        if let Some(meter) = &self.meter {
            meter.connection_refused(why);
        }
    }

    fn forget(&mut self, address: IpAddr) {
        if let Some(open) = self.of_address.get_mut(&address) {
            *open -= 1;
            if *open == 0 {
                self.of_address.remove(&address);
            }
        }
    }
}

impl Drop for Connections {
    /// What is cut no longer counts as open.
    fn drop(&mut self) {
        if let Some(meter) = &self.meter {
            self.open.values().for_each(|_| meter.connection_closed("cut"));
        }
    }
}

impl fmt::Debug for Connections {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Connections").field("open", &self.tasks.len()).finish_non_exhaustive()
    }
}

/// What counts as one address: of IPv6 a network of 64 bits, which one client may have to itself.
fn network(address: SocketAddr) -> IpAddr {
    match address.ip().to_canonical() {
        IpAddr::V6(ip) => {
            let [a, b, c, d, ..] = ip.segments();
            IpAddr::from([a, b, c, d, 0, 0, 0, 0])
        }
        ip @ IpAddr::V4(_) => ip,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_client_is_one_address_or_one_network_of_64_bits() {
        let of = |text: &str| network(text.parse().unwrap()).to_string();
        assert_eq!(of("192.0.2.7:1"), "192.0.2.7");
        assert_eq!(of("[::ffff:192.0.2.7]:1"), "192.0.2.7");
        assert_eq!(of("[2001:db8:1:2:3:4:5:6]:1"), "2001:db8:1:2::");
    }

    #[tokio::test]
    async fn what_has_ended_no_longer_counts() {
        let options =
            ServerOptions { connections_per_address: Some(1), ..ServerOptions::default() };
        let mut connections = Connections::new(&options, None);
        let address = "192.0.2.7:1".parse().unwrap();
        connections.add(Some(address), Activity::new(&options), async { "closed" });
        assert!(connections.is_full_for(address));
        assert!(connections.one_ended().await);
        assert!(!connections.is_full_for(address));
        assert_eq!((connections.len(), connections.of_address.len()), (0, 0));
        assert!(!connections.one_ended().await);
    }
}
