//! How an event stream went, told when it is over.

use std::time::Duration;

/// Why an event stream ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum StreamEnd {
    /// Its source was through, or the handler closed it.
    Finished,
    /// It was cut short by the future of `until`.
    Until,
    /// Its source or its handler failed.
    Failed,
    /// It reached its age.
    Aged,
    /// The identity behind it ended: it expired or was revoked.
    Expired,
    /// The host stops.
    Stopped,
    /// The client left, or took nothing any more.
    ClientLeft,
}

impl StreamEnd {
    /// The reason in a word, for logs and counts: `finished`, `until`, `failed`, `aged`, `expired`,
    /// `stopped` or `client_left`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Finished => "finished",
            Self::Until => "until",
            Self::Failed => "failed",
            Self::Aged => "aged",
            Self::Expired => "expired",
            Self::Stopped => "stopped",
            Self::ClientLeft => "client_left",
        }
    }
}

/// How an event stream went.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct StreamReport {
    /// Why it ended.
    pub end: StreamEnd,
    /// How long it ran, from its head on.
    pub ran: Duration,
    /// How many events of the handler it sent; the framework's own are not counted.
    pub events: u64,
    /// How many bytes it sent, in all.
    pub bytes: u64,
    /// Number of gaps reported to the client: events `gap` of a topic.
    pub gaps: u32,
}
