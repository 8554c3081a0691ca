//! Who asks: the identity behind a request, and the scheme that establishes it. Knows no scheme
//! of its own.

#[expect(clippy::module_inception, reason = "a file is named for its main type")]
mod identity;
mod query_token;
mod scheme;

pub use identity::Identity;
pub use query_token::QueryToken;
pub use scheme::AuthenticationScheme;
