//! The open connections: their limits, and the choice of the connection to close for a new one.

use std::collections::HashMap;
use std::fmt;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use tokio::task::AbortHandle;
use tokio::time::Instant;

use super::ended::{Ended, Reported};
use super::slots::Slots;
use crate::connection::{Activity, EvictionRank};
use crate::options::ServerOptions;
use crate::telemetry::Meter;

/// Time that a client has for its first request head, and for the rest of a later one, before its
/// connection may be closed for a new one.
const YOUNG: Duration = Duration::from_secs(1);

/// The open connections, each in its own task. Dropping it closes all connections.
pub(super) struct Connections {
    open: Slots<Open>,
    ended: Arc<Ended>,
    /// Number of open connections of each IPv4 address and each /64 IPv6 network. Empty if
    /// addresses have no limit.
    per_address: HashMap<IpAddr, usize>,
    limit: usize,
    limit_per_address: Option<usize>,
    meter: Option<Arc<dyn Meter>>,
}

/// An open connection.
#[derive(Debug)]
struct Open {
    activity: Arc<Activity>,
    task: AbortHandle,
}

impl Connections {
    /// Creates an empty set with the limits of the options.
    pub(super) fn new(options: &ServerOptions, meter: Option<Arc<dyn Meter>>) -> Self {
        Self {
            open: Slots::default(),
            ended: Arc::default(),
            per_address: HashMap::new(),
            limit: options.connection_limit().unwrap_or(usize::MAX),
            limit_per_address: options.connections_per_address,
            meter,
        }
    }

    /// Returns the number of open connections.
    pub(super) fn len(&self) -> usize {
        self.open.len()
    }

    /// Returns whether the host is at its limit of connections.
    pub(super) fn is_full(&self) -> bool {
        self.open.len() >= self.limit
    }

    /// Returns whether this address is at its limit of connections.
    pub(super) fn is_full_for(&self, address: SocketAddr) -> bool {
        self.limit_per_address.is_some_and(|limit| {
            self.per_address.get(&network(address)).is_some_and(|open| *open >= limit)
        })
    }

    /// Spawns the task of a connection.
    pub(super) fn add<F>(&mut self, activity: Arc<Activity>, serve: F)
    where
        F: Future<Output = &'static str> + Send + 'static,
    {
        // A task of tokio has 104 bytes of its own, and its size is a multiple of 128 bytes.
        const { assert!(size_of::<Reported<F>>() <= 152, "the task of a connection has 256 bytes") }
        if let Some(meter) = &self.meter {
            meter.connection_opened();
        }
        if let Some(address) = self.counted(&activity) {
            *self.per_address.entry(address).or_default() += 1;
        }
        let ended = &self.ended;
        self.open.insert_with(|id| {
            let task = tokio::spawn(Reported::new(serve, id, ended)).abort_handle();
            Open { activity, task }
        });
    }

    /// Records that a connection could not be accepted for lack of a descriptor, and asks an open
    /// connection to close.
    pub(super) fn out_of_descriptors(&self) {
        self.refused("out_of_descriptors");
        self.make_room();
    }

    /// Asks one connection to close, if possible: the oldest that has sent no complete request
    /// head; otherwise the one that has waited longest for the rest of a later head; otherwise the
    /// one that has been idle longest.
    ///
    /// A connection that waits for a head is not asked to close during its first second of waiting.
    /// No idle connection is asked to close while more than a quarter of all connections are in
    /// their first second and have sent no complete head, because these new connections are closed
    /// first when the second has passed.
    pub(super) fn make_room(&self) {
        let (now, mut newcomers) = (Instant::now(), 0);
        let old = self.open.values().filter_map(|open| {
            let (rank, since) = open.activity.eviction_rank()?;
            let is_young = rank != EvictionRank::Idle && now < since + YOUNG;
            newcomers += usize::from(is_young && rank == EvictionRank::Silent);
            (!is_young).then_some(((rank, since), &open.activity))
        });
        let Some(((rank, _), activity)) = old.min_by_key(|(order, _)| *order) else {
            return;
        };
        if rank != EvictionRank::Idle || newcomers * 4 <= self.len() {
            tracing::debug!(?rank, "closing a connection in favor of a new one");
            activity.dismiss();
        }
    }

    /// Makes every connection finish its open requests and accept no new ones.
    pub(super) fn shut_down(&self) {
        self.open.values().for_each(|open| open.activity.shut_down());
    }

    /// Returns whether no open connection has received a complete request head.
    pub(super) fn are_silent(&self) -> bool {
        self.open.values().all(|open| open.activity.is_silent())
    }

    /// Waits until a connection has ended, and removes it. Returns `true`, or `false` immediately
    /// if no connection is open.
    ///
    /// # Cancel safety
    ///
    /// Cancel safe: a connection whose end was taken from the queue is removed without a further
    /// await.
    pub(super) async fn next_ended(&mut self) -> bool {
        if self.open.is_empty() {
            return false;
        }
        let (id, why) = self.ended.next().await;
        if let Some(meter) = &self.meter {
            meter.connection_closed(why);
        }
        if let Some(address) = self.open.remove(id).and_then(|open| self.counted(&open.activity)) {
            self.forget(address);
        }
        true
    }

    /// Returns the address or network for which a connection is counted. Returns `None` if
    /// addresses have no limit, or if the connection is on a Unix socket.
    fn counted(&self, activity: &Activity) -> Option<IpAddr> {
        self.limit_per_address?;
        activity.peer().map(|peer| network(peer.address))
    }

    /// Records in the metrics that a connection was closed unserved, or that an attempt to accept
    /// one failed, for this reason.
    pub(super) fn refused(&self, why: &'static str) {
        if let Some(meter) = &self.meter {
            meter.connection_refused(why);
        }
    }

    /// Subtracts an ended connection from the count of its address or network.
    fn forget(&mut self, address: IpAddr) {
        if let Some(open) = self.per_address.get_mut(&address) {
            *open -= 1;
            if *open == 0 {
                self.per_address.remove(&address);
            }
        }
    }
}

impl Drop for Connections {
    /// Closes the remaining connections, and records that in the metrics.
    fn drop(&mut self) {
        self.open.values().for_each(|open| open.task.abort());
        if let Some(meter) = &self.meter {
            self.open.values().for_each(|_| meter.connection_closed("cut"));
        }
    }
}

impl fmt::Debug for Connections {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Connections").field("open", &self.open.len()).finish_non_exhaustive()
    }
}

/// Returns the address or network for which a connection from this address is counted: an IPv4
/// address, or the /64 network of an IPv6 address, since one client usually has a whole /64.
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
    use hyperpoint_core::Peer;
    use hyperpoint_core::problem::ErrorFormat;

    use super::*;
    use crate::connection::ConnectionOptions;

    #[test]
    fn connections_are_counted_by_ipv4_address_or_ipv6_64_bit_network() {
        let of = |text: &str| network(text.parse().unwrap()).to_string();
        assert_eq!(of("192.0.2.7:1"), "192.0.2.7");
        assert_eq!(of("[::ffff:192.0.2.7]:1"), "192.0.2.7");
        assert_eq!(of("[2001:db8:1:2:3:4:5:6]:1"), "2001:db8:1:2::");
    }

    #[tokio::test]
    async fn an_ended_connection_is_no_longer_counted() {
        let options =
            ServerOptions { connections_per_address: Some(1), ..ServerOptions::default() };
        let mut connections = Connections::new(&options, None);
        let address = "192.0.2.7:1".parse().unwrap();
        let of_connections = ConnectionOptions::new(&options, &ErrorFormat::default());
        let activity = Activity::new(&of_connections, Some(Peer::new(address)));
        connections.add(activity, async { "closed" });
        assert!(connections.is_full_for(address));
        assert!(connections.next_ended().await);
        assert!(!connections.is_full_for(address));
        assert_eq!((connections.len(), connections.per_address.len()), (0, 0));
        assert!(!connections.next_ended().await);
    }
}
