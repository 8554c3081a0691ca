//! The chromedriver process with its one session, and commands to it.

use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process};
use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt, BufReader, Lines};
use tokio::process::{Child, ChildStdout, Command};
use tokio::time::timeout;
use ureq::Agent;

use crate::missing::missing;

/// The first start of a browser takes long on a busy machine.
const ANSWER: Duration = Duration::from_mins(1);
const SHUTDOWN: Duration = Duration::from_secs(10);
/// The maximum number of starts, if the process ends before it has a port.
const LAUNCHES: usize = 10;

type Output = Lines<BufReader<ChildStdout>>;

/// A running chromedriver. Dropping it ends its browser and itself.
pub(super) struct Driver {
    process: Child,
    /// Not read, but kept open: chromedriver cannot log into a closed pipe.
    _output: Output,
    agent: Agent,
    url: String,
    session: String,
    browser: Option<Pid>,
}

impl Driver {
    /// Starts chromedriver on a port of its choice. It and its browser write their files to this
    /// folder.
    pub(super) async fn start(folder: &Path) -> Self {
        let (process, output, port) = launch(folder).await;
        let config = Agent::config_builder()
            .timeout_global(Some(ANSWER))
            .http_status_as_error(false)
            .proxy(None);
        Self {
            process,
            _output: output,
            agent: config.build().into(),
            url: format!("http://127.0.0.1:{port}"),
            session: String::new(),
            browser: None,
        }
    }

    /// Starts the browser (W3C WebDriver §8.1).
    pub(super) async fn open_session(&mut self, capabilities: Value) {
        let body = json!({ "capabilities": { "alwaysMatch": capabilities } });
        let answer = self.post("/session", body).await;
        let session = answer.unwrap_or_else(|error| missing("chromium did not start", error));
        self.session = format!("/session/{}", session["sessionId"].as_str().unwrap());
        let process = session["capabilities"]["goog:processID"].as_i64().unwrap();
        self.browser = Pid::from_raw(process.try_into().unwrap());
    }

    /// Runs a command of the session, and returns its value.
    pub(super) async fn command(&self, name: &str, body: Value) -> Value {
        let answer = self.post(&format!("{}/{name}", self.session), body).await;
        answer.unwrap_or_else(|error| panic!("{name}: {error}"))
    }

    /// Closes the current tab, and returns the remaining ones.
    pub(super) async fn close_tab(&self) -> Value {
        let (agent, url) = (self.agent.clone(), format!("{}{}/window", self.url, self.session));
        let request = move || agent.delete(url).call()?.body_mut().read_to_vec();
        value(tokio::task::spawn_blocking(request).await.unwrap()).unwrap()
    }

    async fn post(&self, path: &str, body: Value) -> Result<Value, String> {
        let (agent, url) = (self.agent.clone(), format!("{}{path}", self.url));
        let body = body.to_string();
        let request = move || agent.post(url).send(body)?.body_mut().read_to_vec();
        value(tokio::task::spawn_blocking(request).await.unwrap())
    }
}

impl Drop for Driver {
    fn drop(&mut self) {
        // chromedriver answers once its browser has ended. The process handle kills what is left of
        // it.
        let url = format!("{}/shutdown", self.url);
        let request = self.agent.get(url).config().timeout_global(Some(SHUTDOWN));
        if let (Err(error), Some(browser)) = (request.build().call(), self.browser) {
            eprintln!("chromedriver {:?} did not shut down: {error}", self.process.id());
            // The process may have ended in the meantime, which is not an error.
            let _ = kill_process(browser, Signal::KILL);
        }
    }
}

/// Starts the process until it has a port. chromedriver takes a free IPv4 port and then needs the
/// same IPv6 port, which may be in use on a busy machine; then it ends at once, and the next
/// attempt takes another.
async fn launch(folder: &Path) -> (Child, Output, u16) {
    let mut said = Vec::new();
    for _ in 0..LAUNCHES {
        let mut process = Command::new("chromedriver")
            .arg("--port=0")
            .env("TMPDIR", folder)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .kill_on_drop(true)
            .spawn()
            .unwrap_or_else(|error| missing("chromedriver did not start", error));
        let mut output = BufReader::new(process.stdout.take().unwrap()).lines();
        if let Some(port) = timeout(ANSWER, port(&mut output, &mut said)).await.unwrap() {
            return (process, output, port);
        }
    }
    missing("chromedriver did not start", format!("it ended without its port: {said:?}"))
}

/// Returns the port that chromedriver reports, or `None` if it ends before.
async fn port(output: &mut Output, said: &mut Vec<String>) -> Option<u16> {
    while let Some(line) = output.next_line().await.unwrap() {
        if let Some((_, port)) = line.split_once("started successfully on port ") {
            return port.trim_end_matches('.').parse().ok();
        }
        said.push(line);
    }
    None
}

/// Returns the value of a response, or the text of its error (W3C WebDriver §6.3 and §6.6).
fn value(answer: Result<Vec<u8>, ureq::Error>) -> Result<Value, String> {
    let answer = answer.map_err(|error| error.to_string())?;
    let value = serde_json::from_slice::<Value>(&answer).unwrap()["value"].take();
    match value.get("error") {
        Some(error) => Err(format!("{error}: {}", value["message"])),
        None => Ok(value),
    }
}
