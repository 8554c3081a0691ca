//! What a node tells of itself, and the topic of it.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use hyperpoint::TopicLimits;
use hyperpoint::prelude::*;

/// A node, and who is with it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Node {
    /// Its name.
    pub name: String,
    /// Where it is.
    pub url: String,
    /// The number of its process.
    pub process: u32,
    /// By room, the names of those who listen.
    pub people: BTreeMap<String, BTreeSet<String>>,
}

/// How often a node tells of itself, if nothing changes.
pub(super) const BEAT: Duration = Duration::from_secs(2);

/// All nodes; the key of an event is the name of the node. One that was not heard of for three
/// beats is gone, and is not told of any more.
pub(super) const NODES: TopicName<Node> = TopicName::new("nodes")
    .event("node")
    .limits(TopicLimits { age: Duration::from_secs(6), ..TopicLimits::DEFAULT });
