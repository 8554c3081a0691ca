//! Access rules.

mod admin_only;
mod all_scopes;
mod any_scope;
mod claim_casing;
mod empty_request;
mod is_admin;
mod permission_casing;
mod permission_casing_mismatch;

pub(crate) use admin_only::ADMIN_ONLY;
