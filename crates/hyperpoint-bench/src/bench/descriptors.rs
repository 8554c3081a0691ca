//! The limit of open file descriptors. Each stream uses one descriptor in the bench and one in the
//! server.

use rustix::process::{Resource, getrlimit, setrlimit};

use crate::report::Report;

/// The number of descriptors reserved for uses other than streams.
const SPARE: u64 = 64;

/// Raises the soft limit of this process, which the servers inherit, to the hard limit.
pub(crate) fn raise_limit() {
    let mut limit = getrlimit(Resource::Nofile);
    limit.current = limit.maximum;
    // If this fails, `streams` returns a lower number and adds a note.
    let _ = setrlimit(Resource::Nofile, limit);
}

/// Returns `wanted`, or the number of streams that the limit allows if that is lower. In the latter
/// case, adds a note to the report.
pub(crate) fn streams(wanted: usize, report: &mut Report) -> usize {
    let limit = getrlimit(Resource::Nofile).current.map(|limit| limit.saturating_sub(SPARE));
    let limit = limit.and_then(|limit| usize::try_from(limit).ok()).unwrap_or(usize::MAX);
    let count = wanted.min(limit);
    if count < wanted {
        report.note(&format!(
            "only {count} streams of {wanted} were opened: raise the limit that `ulimit -n` shows"
        ));
    }
    count
}
