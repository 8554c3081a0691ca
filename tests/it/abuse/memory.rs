//! Memory use over all cases, in a process of its own.

use std::env;
use std::process::Command;

use super::many::{open, reset, until_live};
use super::site::Site;
use super::table;

const ALONE: &str = "HYPERPOINT_TEST_ABUSE_ALONE";
/// Memory limit for host, clients and cases together above the starting value, all in this process.
const MOST_KIB: u64 = 64 * 1024;
/// Memory that may remain after a second round in addition to the first: the allocator's own, not a
/// leak.
const LEFT_KIB: u64 = 8 * 1024;

/// Returns the resident memory of this process in KiB, without its code.
fn resident_kib() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("RssAnon:"));
    line.map_or(0, |line| line.trim().trim_end_matches(" kB").parse().unwrap())
}

/// Opens ten thousand idle streams, resets half of them at once and cuts the others, then runs
/// every case of the table. Returns the peak memory.
async fn round() -> u64 {
    let site = Site::with_long_timeouts().await;
    let mut all = open(site.host.address(), 40).await;
    assert_eq!(site.counts.live(), 10_000);
    let most = resident_kib();
    reset(&mut all[..20]).await;
    until_live(&site.counts, 5000).await;
    drop(all);
    until_live(&site.counts, 0).await;
    table::run().await;
    most.max(resident_kib())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn memory_stays_below_its_limit_and_none_leaks() {
    if env::var_os(ALONE).is_none() {
        let mut command = Command::new(env::current_exe().unwrap());
        let test = "abuse::memory::memory_stays_below_its_limit_and_none_leaks";
        command.args(["--exact", test, "--nocapture"]).env(ALONE, "yes");
        // Otherwise glibc has a heap for each thread, and which of them grows depends on chance.
        let output = command.env("MALLOC_ARENA_MAX", "1").output().unwrap();
        let told = String::from_utf8_lossy(&output.stdout);
        assert!(output.status.success(), "{told}{}", String::from_utf8_lossy(&output.stderr));
        assert!(told.contains("1 passed"), "{told}");
        return;
    }
    let start = resident_kib();
    let most = round().await - start;
    let first = resident_kib();
    let second = round().await.saturating_sub(start).max(most);
    let left = resident_kib().saturating_sub(first);
    println!("{start} KiB at first, {second} more at most, {left} more after the second round");
    assert!(second < MOST_KIB, "{second} KiB");
    assert!(left < LEFT_KIB, "{left} KiB are not freed");
}
