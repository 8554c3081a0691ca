//! Sessions: as the content of a cookie, and opened.

use std::time::{Duration, SystemTime};

use hyperpoint_core::identity::Identity;
use serde::{Deserialize, Serialize};

use crate::stored::Stored;

/// The content of the cookie.
#[derive(Serialize, Deserialize)]
pub(crate) struct Session {
    #[serde(flatten)]
    pub(crate) user: Stored,
    /// The time of the sign-in, in seconds since 1970.
    pub(crate) born: u64,
    /// The time at which the session ends, in seconds since 1970.
    pub(crate) exp: u64,
    /// The time at which the identity expires, in seconds since 1970, or `None` if it does not
    /// expire. Renewal does not change this time.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) until: Option<u64>,
}

/// A valid session.
pub(crate) struct OpenSession {
    /// The identity of the user, with its own expiry, which is not before the end of the session.
    pub(crate) user: Identity,
    /// The time of the sign-in.
    pub(crate) born: SystemTime,
    /// The time at which the session ends.
    pub(crate) end: SystemTime,
    /// The time until the session ends.
    pub(crate) left: Duration,
}
