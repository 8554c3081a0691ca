//! How many connections a process has descriptors for.

/// What a process opens beside its connections: its listeners, logs, timers, connections to others.
const KEPT_BACK: usize = 64;

/// The descriptor limit of this process less 64, or none where it has no limit.
pub(crate) fn connection_limit() -> Option<usize> {
    descriptor_limit().map(|limit| limit.saturating_sub(KEPT_BACK).max(1))
}

#[cfg(unix)]
fn descriptor_limit() -> Option<usize> {
    let (soft, _) = rlimit::Resource::NOFILE.get().ok()?;
    usize::try_from(soft).ok().filter(|_| soft != rlimit::INFINITY)
}

#[cfg(not(unix))]
fn descriptor_limit() -> Option<usize> {
    None
}
