//! Topics over NATS JetStream, with a real server that is killed and restarted.

pub(crate) mod broker;
mod conformance;
mod nodes;
mod limits;
mod counted;
mod purged;
mod faults;
mod cut;
mod killed;
mod restarted;
mod history;
