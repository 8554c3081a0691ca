//! Presence: each node knows the subscribers of its own streams, and publishes them to all nodes.

mod node;
mod people;
mod follow_nodes;

pub use follow_nodes::FollowNodes;
pub use node::Node;
pub use people::{People, Visit};
