//! Topics over NATS JetStream, with a real server that is killed and started again.

pub(crate) mod broker;
mod conformance;
mod nodes;
mod limits;
mod faults;
mod cut;
mod killed;
mod restarted;
mod history;
