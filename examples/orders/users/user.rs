//! A user, as visible to others.

use hyperpoint::Identity;
use hyperpoint::prelude::*;

/// A user.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct User {
    /// The name that the user signs in with.
    pub name: String,
    /// `customer`, `clerk` or `admin`.
    pub role: String,
}

impl User {
    pub(crate) fn of(identity: &Identity) -> Self {
        let name = identity.subject().unwrap_or_default().to_owned();
        let role = identity.roles().first().cloned().unwrap_or_default();
        Self { name, role }
    }
}

/// Returns whether the user works for the shop, and thus sees every order.
pub(crate) fn is_staff(identity: &Identity) -> bool {
    identity.has_role("clerk") || identity.has_role("admin")
}

/// Returns whether the user may see the orders of this customer.
pub(crate) fn may_see(identity: &Identity, customer: &str) -> bool {
    is_staff(identity) || identity.subject() == Some(customer)
}
