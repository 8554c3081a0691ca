//! How many files may be open: both ends of a stream take one.

use rustix::process::{Resource, getrlimit, setrlimit};

use crate::report::Report;

/// Descriptors that are kept for what is no stream.
const SPARE: u64 = 64;

/// Raises the limit of this process, and of the servers that it starts, as far as it may.
pub(crate) fn raise_limit() {
    let mut limit = getrlimit(Resource::Nofile);
    limit.current = limit.maximum;
    // Where it stays as it is, there are fewer streams, which is told.
    let _ = setrlimit(Resource::Nofile, limit);
}

/// As many streams as were asked for, or as the limit allows, which is told.
pub(crate) fn streams(wanted: usize, report: &mut Report) -> usize {
    let limit = getrlimit(Resource::Nofile).current.map(|limit| limit.saturating_sub(SPARE));
    let limit = limit.and_then(|limit| usize::try_from(limit).ok()).unwrap_or(usize::MAX);
    let count = wanted.min(limit);
    if count < wanted {
        report.note(&format!("{count} streams and not {wanted}: `ulimit -n` allows no more"));
    }
    count
}
