//! Who is here: each node knows who listens to its own streams, and tells it to all.

mod node;
mod people;
mod follow_nodes;

pub use follow_nodes::FollowNodes;
pub use node::Node;
pub use people::{People, Visit};
