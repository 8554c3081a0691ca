//! Memory through all of it, in a process of its own.

use std::env;
use std::process::Command;

use super::many::{open, reset, until_live};
use super::site::Site;
use super::table;

const ALONE: &str = "HYPERPOINT_TEST_ABUSE_ALONE";
/// What the host, its clients and the cases may take beyond the beginning, all in this process.
const MOST_KIB: u64 = 64 * 1024;
/// What may be left of a second round beyond the first: the allocator's own, and no leak.
const LEFT_KIB: u64 = 8 * 1024;

/// KiB of this process that are resident, without its code.
fn resident_kib() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("RssAnon:"));
    line.map_or(0, |line| line.trim().trim_end_matches(" kB").parse().unwrap())
}

/// Ten thousand idle streams, half of them reset at once, the others cut; then every case of the
/// table. Gives the most that it took.
async fn round() -> u64 {
    let site = Site::patient().await;
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
async fn memory_stays_under_its_bound_and_none_is_left_behind() {
    if env::var_os(ALONE).is_none() {
        let mut command = Command::new(env::current_exe().unwrap());
        let test = "abuse::memory::memory_stays_under_its_bound_and_none_is_left_behind";
        command.args(["--exact", test, "--nocapture"]).env(ALONE, "yes");
        // Or glibc has a heap for each thread, and which of them grows is left to chance.
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
    assert!(left < LEFT_KIB, "{left} KiB are left behind");
}
