//! Firefox, which needs no driver: the page that it opens reports the results itself.

use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use hyperpoint::http::Version;
use serde_json::json;
use tempfile::TempDir;
use tokio::process::{Child, Command};
use tokio::time::timeout;

use super::check::{Reconnects, features, resume};
use super::features::NAMES;
use super::received::Received;
use super::site::Site;
use super::table::Row;
use crate::missing::missing;
use crate::tls_relay::TlsRelay;

/// The first start of a browser takes long on a busy machine.
const DEADLINE: Duration = Duration::from_mins(1);

/// No first run, no updates, no proxy, and no requests to an absent network.
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

/// The exception that Firefox's dialog writes for an untrusted certificate.
fn trust(folder: &Path, relay: &TlsRelay) {
    let (address, sha256) = (relay.address(), "OID.2.16.840.1.101.3.4.2.1");
    let line = format!("{address}:\t{sha256}\t{}\t\n", relay.fingerprint());
    std::fs::write(folder.join("cert_override.txt"), line).unwrap();
}

/// Starts Firefox with a new profile in this folder.
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

async fn read(path: &str, version: Version) -> (Received, Site) {
    let site = Site::start(version).await;
    let folder = TempDir::with_prefix("hyperpoint-firefox-").unwrap();
    let fragment = json!([format!("/{path}"), NAMES]).to_string();
    let url = format!("{}/reporting#{fragment}", site.origin());
    if let Some(relay) = &site.relay {
        trust(folder.path(), relay);
    }
    let mut browser = start(folder.path(), &url);
    let report = timeout(DEADLINE, site.server.reports.first()).await;
    // The profile is removed once no process writes to it.
    browser.kill().await.unwrap();
    let got = report.unwrap_or_else(|_| panic!("no report within {DEADLINE:?}"));
    site.server.assert_spoke(version);
    (got, site)
}

async fn row(version: Version) -> Row {
    let mut row = Row::default();
    let (got, _) = read("features", version).await;
    features(&mut row, &got);
    let (got, site) = read("resume", version).await;
    resume(&mut row, &got, &site.server.visits(), Reconnects::IN_TIME);
    row
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn firefox() {
    let mut seen = row(Version::HTTP_11).await;
    assert_eq!(seen, row(Version::HTTP_2).await, "the rows over both protocols are equal");
    seen.set("HTTP", "1.1, 2");
    seen.set("Version", "any");
    seen.assert_in_guide("Firefox, `EventSource`");
}
