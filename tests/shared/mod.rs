//! Code that several test binaries share.

pub(crate) mod chance;
pub(crate) mod oracle;
