//! A group of endpoints.

use hyperpoint::{Group, GroupConfig};

/// Endpoints of version 2.
pub(super) struct Second;

impl Group for Second {
    fn configure(group: &mut GroupConfig) {
        group.prefix("/second");
        group.version(2);
        group.tags(["Second"]);
    }
}
