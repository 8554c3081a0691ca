//! A host with 500 tools and 500 topics: lists come in pages.

use std::collections::BTreeSet;

use hyperpoint::Application;
use hyperpoint::prelude::*;
use hyperpoint_mcp::{Mcp, OfferTool, ServeMcp};
use serde_json::json;

use super::message::{ask, ask_initialized};

const MANY: usize = 500;
/// How many of them are not for clerks.
const OPEN: usize = 428;

const TOPICS: TopicTemplate<u32> = TopicTemplate::new("topics/{number}");

/// One of many tools. Every seventh is for clerks.
#[derive(Endpoint)]
#[endpoint(by_hand)]
struct OneOfMany<const N: usize>;

/// Adds ten tools, from this number.
macro_rules! ten {
    ($host:expr, $from:expr) => {
        ten!($host, $from, 0 1 2 3 4 5 6 7 8 9)
    };
    ($host:expr, $from:expr, $($digit:literal)*) => {
        $host$(.endpoint::<OneOfMany<{ $from + $digit }>>())*
    };
}

/// Adds a hundred tools, from this number.
macro_rules! hundred {
    ($host:expr, $from:expr) => {{
        let host = ten!(ten!(ten!($host, $from), $from + 10), $from + 20);
        let host = ten!(ten!(ten!(host, $from + 30), $from + 40), $from + 50);
        let host = ten!(ten!(ten!(host, $from + 60), $from + 70), $from + 80);
        ten!(host, $from + 90)
    }};
}

impl<const N: usize> Endpoint for OneOfMany<N> {
    type Request = ();
    type Response = ();

    fn configure(config: &mut Config) {
        config.post(&format!("/tools/{N}"));
        match N % 7 {
            0 => config.roles(["clerk"]),
            _ => config.allow_anonymous(),
        }
        config.tool().name(&format!("tool_{N}"));
    }

    async fn handle(&self, (): (), cx: Cx<'_, Self>) -> Result {
        cx.send.no_content_async().await
    }
}

fn app(describe: impl FnOnce(&mut Mcp)) -> Application {
    let host = hundred!(hundred!(super::shop::host(), 0), 100);
    let host = hundred!(hundred!(hundred!(host, 200), 300), 400);
    let host = host.mcp(|mcp| {
        mcp.allow_anonymous();
        for number in 0..MANY {
            mcp.topic(TOPICS.with([number]), |topic| match number % 7 {
                0 => topic.roles(["clerk"]),
                _ => topic.allow_anonymous(),
            });
        }
        describe(mcp);
    });
    host.build().unwrap()
}

/// Follows the cursors of a list, and returns the value of `name` in each entry, by page.
async fn pages(app: &Application, list: &str, name: &str, is_stateless: bool) -> Vec<Vec<String>> {
    let mut pages = Vec::new();
    let mut params = json!({});
    loop {
        let method = format!("{list}/list");
        let answered = match is_stateless {
            true => ask(app, &method, params).await,
            false => ask_initialized(app, &method, params).await,
        };
        let result = answered.result();
        let entries = result[list].as_array().unwrap().iter();
        pages.push(entries.map(|entry| entry[name].as_str().unwrap().to_owned()).collect());
        match result.get("nextCursor") {
            Some(cursor) => params = json!({ "cursor": cursor }),
            None => return pages,
        }
    }
}

#[tokio::test]
async fn many_tools_and_topics_are_listed_in_pages_of_what_the_caller_may_use() {
    let app = app(|_| {});
    let visible = |start: &str| -> Vec<String> {
        let open = (0..MANY).filter(|number| number % 7 != 0);
        open.map(|number| format!("{start}{number}")).collect()
    };
    for is_stateless in [true, false] {
        let tools = pages(&app, "tools", "name", is_stateless).await;
        let sizes: Vec<_> = tools.iter().map(Vec::len).collect();
        assert_eq!(sizes, [100, 100, 100, 100, OPEN + 1 - 400]);
        let mut tools = tools.concat();
        // The shop has an open tool, too.
        tools.retain(|name| name != "greet");
        // The order is that of declaration.
        let expected: BTreeSet<_> = visible("tool_").into_iter().collect();
        assert_eq!((tools.len(), tools.into_iter().collect()), (OPEN, expected));
        let topics = pages(&app, "resources", "uri", is_stateless).await.concat();
        assert_eq!(topics, visible("topic:topics/"));
    }
}

#[tokio::test]
async fn the_size_of_a_page_is_a_setting() {
    let app = app(|mcp| mcp.page_size(1_000));
    assert_eq!(pages(&app, "tools", "name", true).await.len(), 1);
    let host = super::shop::host().mcp(|mcp| {
        mcp.allow_anonymous();
        mcp.page_size(0);
    });
    let errors = host.build().unwrap_err().to_string();
    assert!(errors.contains("`page_size` is 0"), "{errors}");
}

#[tokio::test]
async fn a_cursor_that_this_server_did_not_give_is_an_error() {
    let app = app(|_| {});
    let answered = ask(&app, "tools/list", json!({})).await;
    let cursor = answered.result()["nextCursor"].as_str().unwrap().to_owned();
    let long = "a".repeat(10_000);
    let mut cursors = vec![json!("2"), json!(2), json!(null), json!(long), json!("aG9zdDo5OTk")];
    cursors.push(json!(cursor[1..]));
    for cursor in cursors {
        for method in ["tools/list", "resources/list", "resources/templates/list"] {
            let refused = ask(&app, method, json!({ "cursor": cursor })).await;
            assert_eq!(refused.error(), (200, -32602), "{method} {cursor}");
        }
    }
}
