//! One browser with an empty profile, and the operations of a test on it.

use std::path::Path;
use std::time::Duration;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::sync::{Semaphore, SemaphorePermit};
use tokio::time::{Instant, sleep};

use super::driver::Driver;

/// Time limit for a page to meet a condition.
const DEADLINE: Duration = Duration::from_secs(10);
/// Interval between checks of a page.
const LOOK: Duration = Duration::from_millis(20);
/// The maximum number of browsers that a small machine runs without slowing all of them down. Two
/// tests hold one and need another; with a third such test it must be four, to avoid a deadlock.
static AT_ONCE: Semaphore = Semaphore::const_new(3);

/// Arguments for a container, an absent screen, a test without a network, and a self-signed
/// certificate.
const ARGUMENTS: [&str; 10] = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-dev-shm-usage",
    "--ignore-certificate-errors",
];

/// A running Chromium.
pub(crate) struct Browser {
    driver: Driver,
    /// Declared after the driver, so that it is removed once no process writes to it.
    _folder: TempDir,
    _permit: SemaphorePermit<'static>,
}

impl Browser {
    /// Starts a browser with an empty page.
    pub(crate) async fn start() -> Self {
        let permit = AT_ONCE.acquire().await.unwrap();
        let folder = TempDir::with_prefix("hyperpoint-chromium-").unwrap();
        let mut driver = Driver::start(folder.path()).await;
        driver.open_session(capabilities(folder.path())).await;
        Self { driver, _folder: folder, _permit: permit }
    }

    /// Opens a URL and waits until the page has loaded.
    pub(crate) async fn open(&self, url: &str) {
        self.driver.command("url", json!({ "url": url })).await;
    }

    /// Runs the body of a function, whose parameters are in `arguments`.
    pub(crate) async fn run(&self, script: &str, arguments: Value) -> Value {
        let body = json!({ "script": script, "args": arguments });
        self.driver.command("execute/sync", body).await
    }

    /// Waits until an expression is truthy in JavaScript, and returns its value.
    pub(crate) async fn until(&self, expression: &str) -> Value {
        self.until_within(DEADLINE, expression).await
    }

    /// Like [`until`](Self::until), with this deadline.
    pub(crate) async fn until_within(&self, deadline: Duration, expression: &str) -> Value {
        let script = format!("const value = {expression}; return [Boolean(value), value];");
        let end = Instant::now() + deadline;
        loop {
            let answer = self.run(&script, json!([])).await;
            if answer[0] == true {
                return answer[1].clone();
            }
            if Instant::now() >= end {
                let page =
                    self.run("return window.seen ?? document.body.innerText", json!([])).await;
                panic!("not within {deadline:?}: {expression}; the page has {page}");
            }
            sleep(LOOK).await;
        }
    }

    /// Clicks the element with this selector.
    pub(crate) async fn click(&self, selector: &str) {
        let id = self.element(selector).await;
        self.driver.command(&format!("element/{id}/click"), json!({})).await;
    }

    /// Types text into the element with this selector, as a keyboard does (W3C WebDriver §12.5.3).
    pub(crate) async fn type_into(&self, selector: &str, text: &str) {
        let id = self.element(selector).await;
        self.driver.command(&format!("element/{id}/value"), json!({ "text": text })).await;
    }

    /// Opens another tab, to which all further commands go.
    pub(crate) async fn open_tab(&self) {
        let tab = self.driver.command("window/new", json!({ "type": "tab" })).await;
        self.go_to_tab(&tab["handle"]).await;
    }

    /// Closes that tab, and returns to the first.
    pub(crate) async fn close_tab(&self) {
        let left = self.driver.close_tab().await;
        self.go_to_tab(&left[0]).await;
    }

    /// Returns the errors in the console since the last call.
    pub(crate) async fn console_errors(&self) -> Vec<String> {
        let log = self.driver.command("se/log", json!({ "type": "browser" })).await;
        let lines = log.as_array().unwrap().iter();
        lines
            .filter(|line| line["level"] == "SEVERE")
            .map(|line| line["message"].as_str().unwrap().to_owned())
            .collect()
    }

    /// Shows the page in a window of this size, in light or dark colours.
    pub(crate) async fn show(&self, width: u16, height: u16, colours: &str) {
        let window =
            json!({ "width": width, "height": height, "deviceScaleFactor": 1, "mobile": false });
        self.devtools("Emulation.setDeviceMetricsOverride", window).await;
        let feature = json!({ "name": "prefers-color-scheme", "value": colours });
        self.devtools("Emulation.setEmulatedMedia", json!({ "features": [feature] })).await;
    }

    /// Returns a screenshot of the page as PNG.
    pub(crate) async fn picture(&self) -> Vec<u8> {
        let picture = self.devtools("Page.captureScreenshot", json!({ "format": "png" })).await;
        BASE64_STANDARD.decode(picture["data"].as_str().unwrap()).unwrap()
    }

    /// Returns the reference of the element with this selector.
    async fn element(&self, selector: &str) -> String {
        let body = json!({ "using": "css selector", "value": selector });
        let element = self.driver.command("element", body).await;
        let id = element.as_object().unwrap().values().next().unwrap();
        id.as_str().unwrap().to_owned()
    }

    async fn go_to_tab(&self, handle: &Value) {
        self.driver.command("window", json!({ "handle": handle })).await;
    }

    async fn devtools(&self, command: &str, parameters: Value) -> Value {
        let body = json!({ "cmd": command, "params": parameters });
        self.driver.command("goog/cdp/execute", body).await
    }
}

fn capabilities(folder: &Path) -> Value {
    let mut arguments = ARGUMENTS.map(str::to_owned).to_vec();
    arguments.push(format!("--user-data-dir={}/profile", folder.display()));
    json!({
        "browserName": "chrome",
        "goog:chromeOptions": { "args": arguments },
        "goog:loggingPrefs": { "browser": "ALL" },
    })
}
