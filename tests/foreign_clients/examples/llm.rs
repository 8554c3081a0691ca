//! The chat page of the example `llm`, in Chromium.

use serde_json::json;

use super::process::{Example, program_of};
use crate::webdriver::Browser;

/// Returns the text of the last message, if it has this role and state.
fn last(role: &str, state: &str) -> String {
    format!(
        "document.querySelector('li:last-child[data-role={role}][data-state={state}]')?.textContent"
    )
}

async fn say(browser: &Browser, text: &str) {
    let script = "document.querySelector('[data-testid=text]').value = arguments[0]";
    browser.run(script, json!([text])).await;
    browser.click("[data-testid=send]").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_page_shows_an_answer_word_by_word_and_stops_it() {
    let example = Example::start(&program_of("llm").await, "127.0.0.1:0").await;
    let browser = Browser::start().await;
    browser.open(&format!("http://{}/", example.address)).await;

    say(&browser, "good morning").await;
    browser.until(&last("assistant", "streaming")).await;
    let answer = browser.until(&last("assistant", "done")).await;
    let answer = answer.as_str().unwrap();
    assert!(answer.starts_with("I am echo-1") && answer.ends_with("good morning"), "{answer}");

    say(&browser, "good night").await;
    browser.until(&last("assistant", "streaming")).await;
    browser.click("[data-testid=stop]").await;
    let answer = browser.until(&last("assistant", "stopped")).await;
    assert!(!answer.as_str().unwrap().contains("good night"), "{answer}");
    assert_eq!(browser.console_errors().await, [""; 0]);
    assert!(example.stop().await.success());
}
