//! Firefox, which needs no driver: the page that it opens reports by itself.

use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use hyperpoint::http::Version;
use serde_json::json;
use tempfile::TempDir;
use tokio::process::{Child, Command};
use tokio::time::timeout;

use super::check::{ComesBack, Server, features, resume};
use super::features::NAMES;
use super::got::Got;
use super::table::Row;
use crate::missing::missing;

/// The first start of a browser on a busy machine takes its time.
const DEADLINE: Duration = Duration::from_mins(1);

/// No first run, no updates, no proxy, and nothing that asks a network that is not there.
const PREFERENCES: &str = r#"
user_pref("app.update.enabled", false);
user_pref("browser.aboutwelcome.enabled", false);
user_pref("browser.shell.checkDefaultBrowser", false);
user_pref("browser.startup.page", 0);
user_pref("datareporting.policy.dataSubmissionEnabled", false);
user_pref("extensions.update.enabled", false);
user_pref("network.captive-portal-service.enabled", false);
user_pref("network.connectivity-service.enabled", false);
user_pref("network.proxy.type", 0);
user_pref("services.settings.server", "data:,");
user_pref("toolkit.telemetry.enabled", false);
"#;

/// Starts it with a profile of its own in this folder.
fn start(folder: &Path, url: &str) -> Child {
    std::fs::write(folder.join("user.js"), PREFERENCES).unwrap();
    Command::new("firefox-esr")
        .args(["--headless", "--no-remote", "--profile"])
        .args([folder.as_os_str(), url.as_ref()])
        .env("HOME", folder)
        .env("MOZ_CRASHREPORTER_DISABLE", "1")
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .kill_on_drop(true)
        .spawn()
        .unwrap_or_else(|error| missing("firefox-esr did not start", error))
}

async fn read(path: &str) -> (Got, Server) {
    let server = Server::start().await;
    let folder = TempDir::with_prefix("hyperpoint-firefox-").unwrap();
    let fragment = json!([format!("/{path}"), NAMES]).to_string();
    let url = format!("{}#{fragment}", server.url("reporting"));
    let mut browser = start(folder.path(), &url);
    let report = timeout(DEADLINE, server.reports.first()).await;
    // Its profile is removed when nothing writes to it any more.
    browser.kill().await.unwrap();
    let got = report.unwrap_or_else(|_| panic!("no report within {DEADLINE:?}"));
    server.assert_spoke(Version::HTTP_11);
    (got, server)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn firefox() {
    let mut row = Row::default();
    let (got, _) = read("features").await;
    features(&mut row, &got);
    let (got, server) = read("resume").await;
    resume(&mut row, &got, &server.visits(), ComesBack::IN_TIME);
    row.set("HTTP", "1.1");
    row.set("Version", "any");
    row.assert_in_guide("Firefox, `EventSource`");
}
