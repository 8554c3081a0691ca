//! The chat example: two people in two browsers at two nodes, and what each sees of the other.

use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process};
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::net::TcpStream;
use tokio::process::Command;
use tokio::time::{Instant, sleep};

use super::process::{Example, program_of};
use crate::webdriver::Browser;

/// A node without a heartbeat for 6 s is removed, and a browser checks every second.
const GONE: Duration = Duration::from_secs(30);
const LOOK: Duration = Duration::from_millis(20);

/// Returns the text of the element with this test id.
fn text(id: &str) -> String {
    format!("document.querySelector('[data-testid={id}]').innerText")
}

/// Returns the items of the list with this test id.
fn items(id: &str) -> String {
    format!(
        "[...document.querySelectorAll('[data-testid={id}] > li')].map((item) => item.innerText).join('|')"
    )
}

fn has(id: &str, expected: &str) -> String {
    format!("{} === '{expected}'", items(id))
}

/// Opens a browser at this node, in the lobby, under this name.
async fn person(name: &str, address: &str) -> Browser {
    let browser = Browser::start().await;
    browser.open(&format!("http://{address}/")).await;
    browser.until("!document.getElementById('door').hidden").await;
    fill(&browser, "your-name", name).await;
    browser.click("[data-testid=sign-in]").await;
    browser.until(&format!("{} === '{name}' && {} === 'open'", text("name"), text("state"))).await;
    browser
}

async fn fill(browser: &Browser, id: &str, text: &str) {
    let script = "document.querySelector(`[data-testid=${arguments[0]}]`).value = arguments[1]";
    browser.run(script, json!([id, text])).await;
}

async fn say(browser: &Browser, text: &str) {
    fill(browser, "text", text).await;
    browser.click("[data-testid=send]").await;
}

/// Returns the process id of a node, as the page shows it.
async fn process_of(browser: &Browser, node: &str) -> Pid {
    let told = format!("{}.match(/{node}.*?process (\\d+)/)?.[1]", items("nodes"));
    let process: i32 = browser.until(&told).await.as_str().unwrap().parse().unwrap();
    Pid::from_raw(process).unwrap()
}

/// Stops the chat in order, and checks that it leaves no process and no file.
async fn stops(chat: Example, folder: &Path) {
    let status = chat.stop().await;
    assert!(status.success(), "{status}");
    assert_eq!(std::fs::read_dir(folder).unwrap().count(), 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_people_at_two_nodes_see_each_other_and_their_messages() {
    let folder = TempDir::new().unwrap();
    let (chat, [first, second]) =
        Example::start_chat(&program_of("chat").await, folder.path()).await;
    let ann = person("Ann", &first).await;
    say(&ann, "Is anybody here?").await;
    ann.until(&has("log", "Ann Is anybody here?node-1")).await;

    let bob = person("Bob", &second).await;
    bob.until(&has("log", "Ann Is anybody here?node-1")).await;
    say(&bob, "/me waves").await;
    for browser in [&ann, &bob] {
        browser.until(&has("log", "Ann Is anybody here?node-1|Bob wavesnode-2")).await;
        browser.until(&has("here", "Ann|Bob")).await;
        browser.until(&has("rooms", "lobby (2)|kitchen (0)|garden (0)")).await;
        assert_eq!(browser.console_errors().await, [""; 0]);
    }

    say(&bob, " ").await;
    bob.until(&format!("{} === 'text: must not be empty'", text("problem"))).await;
    bob.click("[data-testid=rooms] a[href='#kitchen']").await;
    ann.until(&has("here", "Ann")).await;
    bob.until(&has("here", "Bob")).await;
    drop(bob);
    ann.until(&has("rooms", "lobby (1)|kitchen (0)|garden (0)")).await;
    stops(chat, folder.path()).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_message_whose_response_was_lost_is_sent_again_and_shown_once() {
    let folder = TempDir::new().unwrap();
    let (chat, [first, _]) = Example::start_chat(&program_of("chat").await, folder.path()).await;
    let ann = person("Ann", &first).await;
    let lose_one = "
        const real = window.fetch;
        window.sent = 0;
        window.fetch = async (...request) => {
            const answer = await real(...request);
            if (sent++ === 0) throw new TypeError('the answer got lost');
            return answer;
        };";
    ann.run(lose_one, Value::Array(Vec::new())).await;
    say(&ann, "once").await;
    ann.until("sent === 2").await;
    say(&ann, "and then").await;
    ann.until(&has("log", "Ann oncenode-1|Ann and thennode-1")).await;
    stops(chat, folder.path()).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_killed_node_disappears_and_its_people_continue_at_the_other() {
    let folder = TempDir::new().unwrap();
    let (chat, [first, second]) =
        Example::start_chat(&program_of("chat").await, folder.path()).await;
    let (ann, bob) = (person("Ann", &first).await, person("Bob", &second).await);
    say(&bob, "hello").await;
    ann.until(&has("here", "Ann|Bob")).await;
    kill_process(process_of(&ann, "node-2").await, Signal::KILL).unwrap();
    ann.until_within(GONE, &has("here", "Ann")).await;
    ann.until(&format!("!{}.includes('node-2')", items("nodes"))).await;

    bob.until(&format!("{}.startsWith('node-2 does not answer.')", text("away"))).await;
    bob.click("[data-testid=away] a").await;
    bob.until(&format!("{} === 'Bob' && {} === 'node-1'", text("name"), text("node"))).await;
    bob.until(&has("log", "Bob hellonode-2")).await;
    ann.until(&has("here", "Ann|Bob")).await;
    say(&ann, "welcome").await;
    bob.until(&has("log", "Bob hellonode-2|Ann welcomenode-1")).await;
    stops(chat, folder.path()).await;
}

#[tokio::test]
async fn every_child_process_ends_when_the_program_is_killed() {
    let folder = TempDir::new().unwrap();
    let (chat, both) = Example::start_chat(&program_of("chat").await, folder.path()).await;
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
    chat.kill().await;
    let end = Instant::now() + GONE;
    let is_left = async || {
        let [first, second] = both.each_ref().map(TcpStream::connect);
        let has_store = std::fs::read_dir(folder.path()).unwrap().count() > 0;
        has_store || first.await.is_ok() || second.await.is_ok()
    };
    while is_left().await {
        assert!(Instant::now() < end, "child processes still run after {GONE:?}");
        sleep(LOOK).await;
    }
}

#[tokio::test]
async fn without_a_nats_server_the_program_says_what_to_type() {
    let program = program_of("chat").await;
    let command = |arguments: &[&str]| {
        let mut command = Command::new(&program);
        command.args(["--bind", "127.0.0.1:0"]).args(arguments).env_remove("PATH");
        command.stdin(Stdio::null()).kill_on_drop(true);
        command
    };
    let output = command(&[]).output().await.unwrap();
    let told = String::from_utf8(output.stderr).unwrap();
    assert_eq!((output.status.code(), &*output.stdout), (Some(1), &b""[..]), "{told}");
    for line in ["apt install nats-server", "cargo xtask setup", "--nats URL"] {
        assert!(told.contains(line), "{told}");
    }
    // No server listens on this address.
    let output = command(&["--nats", "nats://127.0.0.1:1"]).output().await.unwrap();
    let told = String::from_utf8(output.stderr).unwrap();
    assert_eq!((output.status.code(), &*output.stdout), (Some(1), &b""[..]), "{told}");
    assert!(told.contains("failed to connect to a NATS server"), "{told}");
}
