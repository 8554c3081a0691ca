//! The example `hypermedia`: its two pages in Chromium, with the scripts that the set-up installs.

use std::path::{Path, PathBuf};
use std::time::Duration;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use ring::digest::{SHA384, digest};
use tempfile::TempDir;

use super::process::{Example, program_of};
use crate::missing::missing;
use crate::programs::{folder, python};
use crate::webdriver::Browser;

/// A browser waits for up to its `retry`, 3 s with jitter, before it reconnects.
const RECONNECT_LIMIT: Duration = Duration::from_secs(30);

/// The scripts, where npm and pip put them. Datastar is in no package of its own; `starhtml` contains it.
fn installed() -> [(&'static str, PathBuf); 3] {
    let node = folder("node/node_modules");
    let packages = python().parent().unwrap().parent().unwrap().join("lib");
    let mut versions = std::fs::read_dir(&packages).unwrap_or_else(|why| missing("Python", why));
    let version = versions.next().unwrap().unwrap().path();
    let starhtml = version.join("site-packages/starhtml/static/js/datastar-core.js");
    [
        ("htmx.min.js", node.join("htmx.org/dist/htmx.min.js")),
        ("sse.min.js", node.join("htmx-ext-sse/dist/sse.min.js")),
        ("datastar.js", starhtml),
    ]
}

/// Copies the scripts into a folder under the names that the example serves.
fn scripts() -> TempDir {
    let folder = TempDir::new().unwrap();
    for (name, path) in installed() {
        let copied = std::fs::copy(&path, folder.path().join(name));
        copied.unwrap_or_else(|why| missing(&path.display().to_string(), why));
    }
    folder
}

async fn start(program: &Path, address: &str, scripts: &TempDir) -> Example {
    let scripts = scripts.path().to_str().unwrap();
    Example::start_with(program, &["--bind", address, "--scripts", scripts]).await
}

async fn open(address: &str, page: &str) -> Browser {
    let browser = Browser::start().await;
    browser.open(&format!("http://{address}/{page}")).await;
    browser
}

fn shows(drink: &str, count: &str) -> String {
    format!("document.querySelector('[data-testid={drink}]').textContent === '{count}'")
}

async fn vote(browser: &Browser, drink: &str) {
    browser.click(&format!("[data-testid=vote-{drink}]")).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn pages_of_htmx_and_datastar_show_each_others_votes_and_outlive_a_restart() {
    let (program, scripts) = (program_of("hypermedia").await, scripts());
    let server = start(&program, "127.0.0.1:0", &scripts).await;
    let address = server.address.clone();
    let (htmx, datastar) = (open(&address, "htmx").await, open(&address, "datastar").await);
    let both = [&htmx, &datastar];

    vote(&htmx, "tea").await;
    for page in both {
        page.until(&shows("tea", "1 vote")).await;
    }
    vote(&datastar, "tea").await;
    vote(&datastar, "water").await;
    for page in both {
        page.until(&shows("tea", "2 votes")).await;
        page.until(&shows("water", "1 vote")).await;
    }
    // The answer to its own POST, which the other page does not get.
    datastar.until("document.querySelector('[data-testid=mine]').textContent === 'water'").await;
    for page in both {
        assert_eq!(page.console_errors().await, [""; 0]);
    }

    // A new server knows no votes: the pages reconnect with an id of the old one, and get its counts.
    assert!(server.stop().await.success());
    let _server = start(&program, &address, &scripts).await;
    for page in both {
        page.until_within(RECONNECT_LIMIT, &shows("tea", "0 votes")).await;
    }
    vote(&htmx, "coffee").await;
    for page in both {
        page.until(&shows("coffee", "1 vote")).await;
    }
}

#[test]
fn the_pages_accept_the_published_scripts_of_htmx_alone() {
    let source =
        std::fs::read_to_string(folder("../examples/hypermedia/pages/scripts.rs")).unwrap();
    for (name, path) in installed().into_iter().filter(|(name, _)| *name != "datastar.js") {
        let script = std::fs::read(&path).unwrap_or_else(|why| missing(name, why));
        let hash = BASE64_STANDARD.encode(digest(&SHA384, &script));
        assert!(source.contains(&format!("sha384-{hash}")), "{name}: sha384-{hash}");
    }
}
