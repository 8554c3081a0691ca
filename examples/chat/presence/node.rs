//! The state that a node publishes about itself, and its topic.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use hyperpoint::TopicLimits;
use hyperpoint::prelude::*;

/// A node, and the users connected to it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Node {
    /// The name of the node.
    pub name: String,
    /// The address of the node.
    pub url: String,
    /// The id of the node's process.
    pub process: u32,
    /// The names of the users in each room.
    pub people: BTreeMap<String, BTreeSet<String>>,
}

/// The interval at which a node publishes its state if nothing changes.
pub(super) const HEARTBEAT: Duration = Duration::from_secs(2);

/// The topic of all nodes; the key of an event is the name of the node. A node without an event for
/// three intervals is gone, and its last event is evicted.
pub(super) const NODES: TopicName<Node> = TopicName::new("nodes")
    .event("node")
    .limits(TopicLimits { age: Duration::from_secs(6), ..TopicLimits::DEFAULT });
