//! The policy `AdminOnly`.

use hyperpoint::Identity;
use hyperpoint::http::request;

pub(crate) const ADMIN_ONLY: fn(&Identity, &request::Parts) -> bool =
    |user, _| user.has_role("admin");
