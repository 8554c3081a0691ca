//! The options that all connections of a host share.

use std::sync::Arc;
use std::time::Duration;

use hyperpoint_core::problem::ErrorFormat;

use crate::options::ServerOptions;

/// The options that all connections of a host share.
#[derive(Debug)]
pub(crate) struct ConnectionOptions {
    pub(super) limits: Limits,
    /// The format of refusals by a connection itself.
    pub(super) error_format: ErrorFormat,
}

impl ConnectionOptions {
    pub(crate) fn new(options: &ServerOptions, error_format: &ErrorFormat) -> Arc<Self> {
        let limits = Limits {
            head: options.request_head,
            idle: options.keep_alive_idle,
            stall: options.write_stall,
        };
        Arc::new(Self { limits, error_format: error_format.clone() })
    }
}

/// The maximum duration of each condition.
#[derive(Clone, Copy, Debug)]
pub(super) struct Limits {
    pub(super) head: Duration,
    pub(super) idle: Duration,
    pub(super) stall: Duration,
}
