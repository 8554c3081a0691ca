//! Events arrive as they were sent.

use std::time::Duration;

use futures_util::stream;
use hyperpoint::prelude::*;

use crate::page::{Page, Seen};

const NOTE: EventName = EventName::from_static("note");
const WORLD: &str = "größe/世界 🦀";

/// Items, each with the event that a listener receives; a comment has none.
fn table() -> Vec<(StreamItem, Option<Seen>)> {
    let event = |item: StreamItem, name, data, id| (item, Some(Seen::new(name, data, id)));
    let text = |data: &str| StreamItem::text(data).named(NOTE);
    vec![
        event(StreamItem::text("no id yet"), "message", "no id yet", ""),
        event(text("with an id").id(1_u8), "note", "with an id", "1"),
        event(text("").id(2_u8), "note", "", "2"),
        event(text(" a leading blank"), "note", " a leading blank", "2"),
        event(text("one\ntwo\rthree\r\n\r\nfive\n"), "note", "one\ntwo\nthree\n\nfive\n", "2"),
        (StreamItem::comment("data: a comment\n\nid: 9\n\n"), None),
        event(text("\n\nid: 9\nevent: forged\n\n"), "note", "\n\nid: 9\nevent: forged\n\n", "2"),
        event(text(":\0\u{feff}\u{2028}\u{85}"), "note", ":\0\u{feff}\u{2028}\u{85}", "2"),
        event(
            StreamItem::text("Grüße 👩‍👩‍👧 שלום")
                .named(EventName::from_static(WORLD))
                .id(EventId::from_static("a:b-c")),
            WORLD,
            "Grüße 👩‍👩‍👧 שלום",
            "a:b-c",
        ),
        event(
            StreamItem::json(&["a\nb"]).unwrap().retry(Duration::from_secs(1)),
            "message",
            r#"["a\nb"]"#,
            "a:b-c",
        ),
    ]
}

/// Streams the table.
#[derive(Endpoint)]
struct Table;

impl Endpoint for Table {
    type Request = ();
    type Response = Events;

    fn configure(config: &mut Config) {
        config.get("/table");
        config.allow_anonymous();
        config.cors(|cors| cors.allow_any_origin());
    }

    async fn handle(&self, (): (), cx: Cx<'_, Self>) -> Result {
        let items = stream::iter(table().into_iter().map(|(item, _)| item));
        cx.send.stream_items_async(items).done().await
    }
}

/// Streams one event of 5 MB.
#[derive(Endpoint)]
struct Large;

const LARGE_BYTES: usize = 5_000_000;

impl Endpoint for Large {
    type Request = ();
    type Response = Events;

    fn configure(config: &mut Config) {
        config.get("/large");
        config.allow_anonymous();
        config.cors(|cors| cors.allow_any_origin());
    }

    async fn handle(&self, (): (), cx: Cx<'_, Self>) -> Result {
        let item = StreamItem::text("x".repeat(LARGE_BYTES)).named(NOTE);
        cx.send.stream_items_async(stream::iter([item])).done().await
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn names_ids_and_data_arrive_as_they_were_sent() {
    let host = Host::empty().endpoint::<Table>().bind("127.0.0.1:0");
    let host = host.start().await.unwrap();
    let page = Page::open().await;

    let names = ["message", "note", WORLD, "forged", "done"];
    page.watch(&format!("http://{}/table", host.address()), &names).await;

    let mut expected: Vec<Seen> = table().into_iter().filter_map(|(_, seen)| seen).collect();
    expected.push(Seen::new("done", "{}", "a:b-c"));
    assert_eq!(page.seen(expected.len()).await, expected);
    assert_eq!(page.opens().await, 1);
    assert_eq!(page.browser.console_errors().await, [""; 0]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn line_16_an_event_of_5_mb_arrives_completely() {
    let host = Host::empty().endpoint::<Large>().bind("127.0.0.1:0");
    let host = host.start().await.unwrap();
    let page = Page::open().await;

    page.watch(&format!("http://{}/large", host.address()), &["note"]).await;

    let sum_up = "seen.length && seen[0].data.replaceAll('x', '') + seen[0].data.length";
    assert_eq!(page.browser.until(sum_up).await, LARGE_BYTES.to_string());
}
