//! The key of tokens, and who issues them.

use std::time::Duration;

use hyperpoint::schemes::JwtIssuer;

/// For tests alone: a real program has its key from a secret store.
pub(crate) const SECRET: [u8; 32] = *b"the key of tests, and no others!";

pub(crate) fn issuer() -> JwtIssuer {
    JwtIssuer::secret(SECRET).lifetime(Duration::from_hours(24))
}
