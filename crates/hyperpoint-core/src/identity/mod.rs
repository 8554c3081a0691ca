//! Identities: the user of a request, the schemes that authenticate requests, and the checks for
//! revoked identities.
//!
//! This module defines the interface of authentication schemes. The built-in schemes are in the
//! crate `hyperpoint-auth`.

#[expect(clippy::module_inception, reason = "a file is named for its main type")]
mod identity;
mod query_token;
mod carrier;
mod scheme;
mod revocation;

pub use carrier::Carrier;
pub use identity::Identity;
pub use query_token::QueryToken;
pub use revocation::{Revocation, Revoked};
pub use scheme::{AuthenticationScheme, StillHolds};
