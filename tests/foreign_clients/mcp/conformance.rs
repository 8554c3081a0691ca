//! The conformance suites of MCP, against `examples/mcp`.

use std::path::{Path, PathBuf};

use hyperpoint::{Host, Running};

use crate::programs::{folder, run};

/// The scenarios on tasks, an extension that is not served.
const TASKS: &str = "tasks-";

async fn server() -> Running {
    let host = example_mcp::application(Host::empty());
    host.bind("127.0.0.1:0").start().await.unwrap()
}

/// Runs a suite, and returns its summary: the names of scenarios that passed, and of those that failed.
async fn summary(package: &str, requirements: &[&str]) -> (Vec<String>, Vec<String>) {
    let server = server().await;
    let packages = folder("node/node_modules");
    // The suites need Node 22, which is a package beside them.
    let node = packages.join(".bin/node");
    let suite = packages.join("@modelcontextprotocol").join(package).join("dist/index.js");
    let url = format!("{}/mcp", server.url());
    let arguments = ["server", "--url", &url].into_iter().chain(requirements.iter().copied());
    let arguments: Vec<PathBuf> = [suite].into_iter().chain(arguments.map(PathBuf::from)).collect();
    let printed = run(Path::new(&node), &arguments).await;
    let (_, summary) = printed.split_once("=== SUMMARY ===").unwrap();
    let named = |mark: &str| -> Vec<String> {
        let lines = summary.lines().filter_map(|line| line.strip_prefix(mark));
        lines.filter_map(|line| Some(line.trim().split_once(':')?.0.to_owned())).collect()
    };
    (named("✓"), named("✗"))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_suite_of_2026_07_28_passes_with_its_pending_scenarios() {
    let (passed, failed) = summary("conformance", &["--requirements", "2026-07-28"]).await;
    assert!(failed.iter().all(|name| name.starts_with(TASKS)), "{failed:?}");
    let pending =
        ["json-schema-2020-12", "http-header-validation", "http-custom-header-server-validation"];
    assert!(pending.iter().all(|name| passed.iter().any(|known| known == name)), "{passed:?}");
    let scored = passed.iter().filter(|name| !name.starts_with(TASKS)).count() - pending.len();
    assert_eq!(scored, 37, "{passed:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_suite_of_2025_11_25_passes() {
    let (passed, failed) = summary("conformance", &["--requirements", "2025-11-25"]).await;
    assert_eq!((passed.len(), failed), (33, vec![]));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_released_suite_passes() {
    let (passed, failed) = summary("conformance-0.1", &[]).await;
    assert_eq!((passed.len(), failed), (30, vec![]));
}
