//! Enums whose variants are events: their form on the wire, and what a client reads back.

use std::collections::HashMap;

use futures_util::stream;
use hyperpoint::prelude::*;
use hyperpoint::sse::{Decoded, Decoder};
use hyperpoint::{EventName, TypedEvent};
use hyperpoint_testing::Client;

use super::masked::masked;
use crate::wire::memory::Memory;
use crate::wire::scripted;

#[derive(Clone, Debug, Deserialize, JsonSchema, PartialEq, Serialize)]
struct Line {
    item: String,
    cents: u64,
}

#[derive(Clone, Debug, Deserialize, Events, JsonSchema, PartialEq, Serialize)]
#[serde(rename_all_fields = "camelCase")]
enum OrderEvent {
    Opened,
    Placed(Line),
    #[event("left the house")]
    Shipped {
        #[event(id)]
        parcel_number: u64,
        carrier: Option<String>,
    },
    Returned(#[event(id)] Uuid, String),
}

fn order() -> Vec<OrderEvent> {
    vec![
        OrderEvent::Opened,
        OrderEvent::Placed(Line { item: "two\nlines".into(), cents: 250 }),
        OrderEvent::Shipped { parcel_number: 7, carrier: None },
        OrderEvent::Returned(Uuid::nil(), "broken".into()),
    ]
}

const ON_THE_WIRE: &str = "event: opened\nretry: -\ndata: {}\n\n\
    event: placed\ndata: {\"item\":\"two\\nlines\",\"cents\":250}\n\n\
    event: left the house\nid: 7\ndata: {\"parcelNumber\":7,\"carrier\":null}\n\n\
    event: returned\nid: 00000000-0000-0000-0000-000000000000\n\
    data: [\"00000000-0000-0000-0000-000000000000\",\"broken\"]\n\n";

#[tokio::test]
async fn a_stream_of_an_enum_names_each_event_and_a_client_reads_it_back() {
    let host = scripted::<OrderEvent>(|cx| {
        Box::pin(async move { cx.send.events_async(stream::iter(order())).await })
    });
    let (body, _) = masked(&Memory::get(host, "/s").await.rest().await);
    assert_eq!(body, ON_THE_WIRE);

    let mut decoder = Decoder::new();
    decoder.push(body.as_bytes()).unwrap();
    for expected in order() {
        let Some(Decoded::Event(event)) = decoder.pop() else { panic!("an event") };
        assert_eq!(OrderEvent::from_event(&event).unwrap(), expected);
    }
}

#[tokio::test]
async fn the_imperative_form_sends_the_same_events() {
    let host = scripted::<OrderEvent>(|cx| {
        Box::pin(async move {
            let mut events = cx.send.open_event_stream_async().await?;
            for event in &order() {
                events.event(event).await?;
            }
            events.close().await
        })
    });
    let (body, _) = masked(&Memory::get(host, "/s").await.rest().await);
    assert_eq!(body, ON_THE_WIRE);
}

#[tokio::test]
async fn a_stream_of_results_ends_with_the_problem_of_the_first_error() {
    let host = scripted::<OrderEvent>(|cx| {
        let events = try_stream! {
            yield OrderEvent::Opened;
            Err("the warehouse is shut")?;
        };
        Box::pin(async move { cx.send.events_async(events).await })
    });
    let mut events = Client::new(host.build().unwrap()).events("/s").await.unwrap();
    assert_eq!(events.next().await.unwrap().name, "opened");
    let problem = events.next().await.unwrap();
    assert_eq!(problem.name, "problem");
    let error = OrderEvent::from_event(&problem).unwrap_err();
    assert!(error.is_unknown_name());
    assert_eq!(
        error.to_string(),
        "unexpected event `problem`: expected one of `opened`, `placed`, `left the house`, `returned`"
    );
    events.ended().await.unwrap();
}

#[derive(Events, JsonSchema, Serialize)]
enum Faulty {
    Keyed(HashMap<Vec<u8>, u32>),
    Named {
        #[event(id)]
        name: String,
    },
}

#[tokio::test]
async fn an_event_that_cannot_be_serialized_is_an_error_and_writes_nothing() {
    let host = scripted::<Faulty>(|cx| {
        Box::pin(async move {
            let mut events = cx.send.open_event_stream_async().await?;
            events.event(&Faulty::Keyed(HashMap::from([(vec![1], 2)]))).await.unwrap_err();
            events.event(&Faulty::Named { name: "two words".into() }).await.unwrap_err();
            events.event(&Faulty::Named { name: "one".into() }).await?;
            events.close().await
        })
    });
    let (body, _) = masked(&Memory::get(host, "/s").await.rest().await);
    assert_eq!(body, "event: named\nid: one\nretry: -\ndata: {\"name\":\"one\"}\n\n");
}

#[test]
fn the_event_names_are_available_without_a_value() {
    let names: Vec<_> = OrderEvent::NAMES.iter().map(EventName::as_str).collect();
    assert_eq!(names, ["opened", "placed", "left the house", "returned"]);
    assert_eq!(OrderEvent::Opened.event_name().as_str(), "opened");
    assert_eq!(OrderEvent::Opened.event_id(), Ok(None));
}

#[derive(Clone, Debug, Deserialize, Events, JsonSchema, PartialEq, Serialize)]
#[serde(tag = "type", rename_all = "snake_case")]
#[events(rename_all = "snake_case")]
enum MessageEvent {
    MessageStart,
    ContentBlock(Line),
    #[event("stop")]
    MessageStop {
        #[event(id)]
        index: u32,
    },
}

#[tokio::test]
async fn an_enum_with_a_tag_has_the_name_of_the_variant_in_its_data() {
    let sent = || {
        let line = Line { item: "tea".into(), cents: 250 };
        let stop = MessageEvent::MessageStop { index: 3 };
        [MessageEvent::MessageStart, MessageEvent::ContentBlock(line), stop]
    };
    let host = scripted::<MessageEvent>(move |cx| {
        Box::pin(async move { cx.send.events_async(stream::iter(sent())).await })
    });
    let (body, _) = masked(&Memory::get(host, "/s").await.rest().await);
    assert_eq!(
        body,
        "event: message_start\nretry: -\ndata: {\"type\":\"message_start\"}\n\n\
         event: content_block\n\
         data: {\"type\":\"content_block\",\"item\":\"tea\",\"cents\":250}\n\n\
         event: stop\nid: 3\ndata: {\"type\":\"message_stop\",\"index\":3}\n\n"
    );
    let mut decoder = Decoder::new();
    decoder.push(body.as_bytes()).unwrap();
    for expected in sent() {
        let Some(Decoded::Event(event)) = decoder.pop() else { panic!("an event") };
        assert_eq!(MessageEvent::from_event(&event).unwrap(), expected);
    }
}

#[test]
fn a_tag_that_is_missing_unknown_or_of_another_event_is_an_error() {
    #[track_caller]
    fn check(name: &str, data: &str, expected: &str) {
        let mut decoder = Decoder::new();
        decoder.push(format!("event: {name}\ndata: {data}\n\n").as_bytes()).unwrap();
        let Some(Decoded::Event(event)) = decoder.pop() else { panic!("an event") };
        let error = MessageEvent::from_event(&event).unwrap_err().to_string();
        assert!(error.ends_with(expected), "{error}");
    }
    check("stop", r#"{"index":3}"#, "missing field `type` at line 1 column 11");
    check("stop", r#"{"type":"message_start"}"#, "the data belongs to the event `message_start`");
    check(
        "stop",
        r#"{"type":"message_end"}"#,
        "`message_start`, `content_block`, `message_stop` at line 1 column 21",
    );
    check(
        "message_stop",
        r#"{"type":"message_stop","index":3}"#,
        "`message_start`, `content_block`, `stop`",
    );
}
