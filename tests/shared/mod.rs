//! What the tests here and those outside of Rust have in common.

pub(crate) mod chance;
pub(crate) mod oracle;
