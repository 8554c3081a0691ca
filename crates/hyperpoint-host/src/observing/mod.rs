//! Who looks on while requests are answered: spans for `tracing`, and counts.
//!
//! A host without either has none of this on its way. Knows no endpoint and no metrics library:
//! what counts is behind [`Meter`].

mod meter;
mod traces;
mod seen;
mod received_body;
mod numbers;
mod stream_watch;
#[expect(clippy::module_inception, reason = "a file is named for its main type")]
mod observing;
mod watch;
mod sent_body;

pub(crate) use meter::Meter;
#[cfg(feature = "metrics")]
pub(crate) use meter::{EndedRequest, StreamMeter};
pub(crate) use observing::Observing;
pub(crate) use received_body::ReceivedBody;
pub(crate) use seen::Seen;
pub(crate) use sent_body::SentBody;
pub use traces::Traces;
pub(crate) use watch::Watch;
