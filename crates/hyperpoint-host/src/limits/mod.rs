//! How much clients may ask for: counted in memory, by client, within bounds. Knows no route.

mod client;
mod neighbourhood;
mod quota;
mod table;
mod buckets;
mod rate;
mod streams;
#[expect(clippy::module_inception, reason = "a file is named for its main type")]
mod limits;
mod accepted;
mod failed_authentications;

pub(crate) use failed_authentications::FailedAuthentications;
pub(crate) use limits::{Limits, OverLimit, SharedLimits};
pub(crate) use streams::Permit;
