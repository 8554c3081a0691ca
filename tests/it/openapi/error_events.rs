//! The event that a stream sends last if it fails, in the document.

use http::StatusCode;
use hyperpoint::openapi::{Describe, DescribeApplication, ServeOpenApi};
use hyperpoint::prelude::*;
use hyperpoint::{EventName, PublicProblem, StreamItem};
use serde_json::json;

use crate::http::endpoint;

/// The last event of a stream that fails.
#[derive(Serialize, JsonSchema)]
struct Failure {
    message: String,
}

impl Failure {
    fn item(problem: &PublicProblem<'_>) -> StreamItem {
        let failure = Self { message: problem.title().to_owned() };
        StreamItem::json(&failure).unwrap().named(EventName::from_static("error"))
    }
}

endpoint! {
    Words: () => Events<String>;
    |config| {
        config.post("/words");
        config.allow_anonymous();
        config.event("word");
        config.error_event::<Failure>("error");
    }
    |(), cx| {
        let words = try_stream! {
            yield "one".to_owned();
            Err(Problem::new(StatusCode::BAD_GATEWAY))?;
        };
        cx.send.event_stream_async("word", words).on_error_item(Failure::item).await
    }
}
endpoint! {
    Tokens: () => Events<StreamItem>;
    |config| { config.post("/tokens"); config.allow_anonymous(); config.event_data::<String>(); }
    |(), cx| { cx.send.stream_items_async(stream! { yield StreamItem::text("one"); }).await }
}
endpoint! {
    Counts: () => Events<u32>;
    |config| { config.get("/counts"); config.allow_anonymous(); config.event("count"); }
    |(), cx| { cx.send.event_stream_async("count", stream! { yield 1; }).await }
}

endpoint! {
    Plain: () => ();
    |config| { config.get("/plain"); config.allow_anonymous(); }
    |(), cx| { cx.send.no_content_async().await }
}

#[test]
fn the_event_of_a_failed_stream_is_documented() {
    let document = Host::empty().endpoint::<Words>().build().unwrap().openapi();
    let operation = &document.version_3_1()["paths"]["/words"]["post"];
    let content = &operation["responses"]["200"]["content"]["text/event-stream"];
    let failure = json!({ "$ref": "#/components/schemas/Failure" });
    assert_eq!(content["schema"], json!({ "anyOf": [{ "type": "string" }, failure] }));
    let schemas = &document.version_3_1()["components"]["schemas"];
    let by_name = &schemas["WordsEvents"]["properties"];
    assert_eq!(*by_name, json!({ "word": { "type": "string" }, "error": failure }));
    let description = operation["description"].as_str().unwrap();
    assert!(
        description.ends_with("sends the event `error` and aborts the response."),
        "{description}"
    );
    let items = &document.version_3_2()["components"]["schemas"]["WordsEvent"]["oneOf"];
    let names: Vec<_> = items
        .as_array()
        .unwrap()
        .iter()
        .map(|item| &item["properties"]["event"]["const"])
        .collect();
    assert_eq!(names, ["word", "error"]);
}

#[test]
fn the_event_of_failed_streams_that_the_host_states_applies_where_its_name_may_be_sent() {
    let host = Host::empty().endpoint::<Tokens>().endpoint::<Counts>().endpoint::<Plain>();
    let host = host.defaults(|all| all.error_event::<Failure>("error"));
    let document = host.build().unwrap().openapi();
    let schemas = &document.version_3_2()["components"]["schemas"];
    let [token, error] = &schemas["TokensEvent"]["oneOf"].as_array().unwrap()[..] else {
        panic!("two events: {schemas}");
    };
    let (token, error) = if error["properties"]["event"].get("const").is_some() {
        (token, error)
    } else {
        (error, token)
    };
    assert_eq!(error["properties"]["event"]["const"], "error");
    assert_eq!(token["properties"]["event"]["not"], json!({ "enum": ["error"] }));
    let counts = schemas["CountsEvent"].to_string();
    assert!(!counts.contains("Failure"), "`error` is reserved for `EventSource`: {counts}");
}

endpoint! {
    WrongFailure: () => ();
    |config| {
        config.get("/wrong-failure");
        config.allow_anonymous();
        config.error_event::<Failure>("error");
    }
    |(), cx| { cx.send.status_async(StatusCode::OK).await }
}
endpoint! {
    ReservedFailure: () => Events<u32>;
    |config| {
        config.get("/reserved-failure");
        config.allow_anonymous();
        config.error_event::<Failure>("error");
    }
    |(), cx| { cx.send.event_stream_async("count", stream! { yield 1; }).await }
}

#[test]
fn the_event_of_a_failed_stream_has_to_fit_the_endpoint() {
    let host = Host::empty().endpoint::<WrongFailure>().endpoint::<ReservedFailure>();
    let error = host.openapi(|api| api.allow_anonymous()).build().unwrap_err().to_string();
    assert!(error.contains("2 configuration errors"), "{error}");
    assert!(error.contains("declares events, but the response is not an event stream"), "{error}");
    assert!(error.contains("declares the event `error`, whose name is reserved"), "{error}");
}
