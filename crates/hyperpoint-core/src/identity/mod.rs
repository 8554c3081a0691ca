//! Who asks: the identity behind a request, the scheme that establishes it, and whether it still
//! holds. Knows no scheme of its own.

#[expect(clippy::module_inception, reason = "a file is named for its main type")]
mod identity;
mod query_token;
mod scheme;
mod revocation;

pub use identity::Identity;
pub use query_token::QueryToken;
pub use revocation::{Revocation, Revoked};
pub use scheme::{AuthenticationScheme, StillHolds};
