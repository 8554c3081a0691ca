//! The number of connections for which the process has file descriptors.

/// Number of descriptors that are reserved for listeners, logs, timers and outgoing connections.
const KEPT_BACK: usize = 64;

/// Returns the descriptor limit of this process less 64, at least 1. Returns `None` if the limit is
/// unlimited or unknown.
pub(crate) fn connection_limit() -> Option<usize> {
    descriptor_limit().map(|limit| limit.saturating_sub(KEPT_BACK).max(1))
}

/// Returns the soft limit of open files, or `None` if it is unlimited or unknown.
#[cfg(unix)]
fn descriptor_limit() -> Option<usize> {
    let (soft, _) = rlimit::Resource::NOFILE.get().ok()?;
    usize::try_from(soft).ok().filter(|_| soft != rlimit::INFINITY)
}

#[cfg(not(unix))]
fn descriptor_limit() -> Option<usize> {
    None
}
