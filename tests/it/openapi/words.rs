//! Words that endpoints, groups and the host say: each is right in the document, or a configuration error.

use http::StatusCode;
use hyperpoint::bytes::Bytes;
use hyperpoint::openapi::{Describe, DescribeApplication, OpenApiDocument};
use hyperpoint::prelude::*;
use hyperpoint::{ErrorBody, Raw, StreamItem};
use serde_json::{Value, json};

use crate::http::endpoint;

/// The shape of refusals of the host.
#[derive(Serialize, JsonSchema)]
struct Shape {
    code: u16,
}

/// The shape of refusals of a group.
#[derive(Serialize, JsonSchema)]
struct OtherShape {
    text: String,
}

struct Shaped;

impl Group for Shaped {
    fn configure(group: &mut GroupConfig) {
        group.prefix("/shaped");
        group.error_format(|_| ErrorBody::json(&OtherShape { text: String::new() }));
        group.errors::<OtherShape>("application/json");
    }
}

endpoint! {
    OfHost: () => ();
    |config| { config.get("/of-host"); config.allow_anonymous(); }
    |(), cx| { cx.send.no_content_async().await }
}
endpoint! {
    OfGroup: () => ();
    |config| { config.get("/of-group"); config.group::<Shaped>(); config.allow_anonymous(); }
    |(), cx| { cx.send.no_content_async().await }
}
endpoint! {
    Own: () => ();
    |config| {
        config.get("/own");
        config.allow_anonymous();
        config.error_format(|_| ErrorBody::json(&json!({ "mine": true })));
    }
    |(), cx| { cx.send.no_content_async().await }
}

#[derive(Deserialize, JsonSchema)]
#[expect(dead_code, reason = "only the schema is used")]
struct Keyed {
    /// The field's words.
    #[serde(rename = "idempotency-key")]
    key: from::Header<Option<String>>,
    #[serde(rename = "last-event-id")]
    last: from::Header<Option<String>>,
}

endpoint! {
    Follow: Keyed => Events<u32>;
    |config| {
        config.get("/follow");
        config.allow_anonymous();
        config.event("count");
        config.takes_header("Idempotency-Key", "Not these words.");
        config.takes_header("X-Tenant", "The tenant.");
        config.takes_header("x-tenant", "The same.");
    }
    |_, cx| { cx.send.event_stream_async("count", stream! { yield 1; }).await }
}
endpoint! {
    Change: () => ();
    |config| {
        config.put("/change");
        config.allow_anonymous();
        config.answers_empty(204);
        config.refuses([409, 410]);
        config.answer_header(409, "X-Holder", "Who changes it.");
        let problem = json!({ "type": "about:blank", "title": "Conflict", "status": 409 });
        config.answer_example(409, "held", &problem);
    }
    |(), cx| { cx.send.no_content_async().await }
}
endpoint! {
    Upload: Raw<Bytes> => ();
    |config| { config.any("/upload"); config.allow_anonymous(); }
    |_, cx| { cx.send.no_content_async().await }
}

fn document(host: Host) -> OpenApiDocument {
    host.build().unwrap().openapi()
}

fn responses(document: &OpenApiDocument, path: &str, method: &str) -> Value {
    document.version_3_1()["paths"][path][method]["responses"].clone()
}

#[test]
fn the_shape_of_refusals_is_that_of_the_level_that_sets_the_format() {
    let host = Host::empty().endpoint::<OfHost>().endpoint::<OfGroup>().endpoint::<Own>();
    let host = host.error_format(|_| ErrorBody::json(&Shape { code: 1 }));
    let document = document(host.defaults(|all| all.errors::<Shape>("application/json")));
    let shape = |path: &str| {
        responses(&document, path, "get")["500"]["content"]["application/json"]["schema"].clone()
    };
    assert_eq!(shape("/of-host"), json!({ "$ref": "#/components/schemas/Shape" }));
    assert_eq!(shape("/shaped/of-group"), json!({ "$ref": "#/components/schemas/OtherShape" }));
    assert_eq!(
        responses(&document, "/own", "get")["500"],
        json!({ "description": "Internal Server Error" }),
        "nothing is known of the endpoint's own format"
    );
}

#[test]
fn a_header_is_one_parameter_however_often_it_is_stated() {
    let document = document(Host::empty().endpoint::<Follow>());
    let parameters = &document.version_3_1()["paths"]["/follow"]["get"]["parameters"];
    let found = parameters.as_array().unwrap().iter();
    let found = found.map(|one| (one["name"].as_str().unwrap(), one["required"] == true));
    let expected = [("idempotency-key", true), ("last-event-id", false), ("X-Tenant", true)];
    assert_eq!(found.collect::<Vec<_>>(), expected);
    assert_eq!(parameters[0]["description"], "The field's words.");
}

#[test]
fn a_refusal_has_the_headers_and_examples_that_are_stated() {
    let document = document(Host::empty().endpoint::<Change>());
    let responses = responses(&document, "/change", "put");
    let held = &responses["409"];
    assert_eq!(held["headers"]["X-Holder"]["description"], "Who changes it.");
    let problem = &held["content"]["application/problem+json"];
    assert_eq!(problem["examples"]["held"]["value"]["title"], "Conflict");
    assert_eq!(problem["schema"]["$ref"], "#/components/schemas/Problem");
    assert_eq!(
        responses["410"]["$ref"], "#/components/responses/Gone",
        "without words it is shared"
    );
    let shared = &document.version_3_1()["components"]["responses"];
    assert!(shared.get("Conflict").is_none(), "{shared}");
}

#[test]
fn what_the_host_takes_is_the_body_of_unparsed_requests_with_content_alone() {
    let host = Host::empty().endpoint::<Upload>().endpoint::<OfHost>();
    let host = host.defaults(|all| {
        all.takes("application/pdf");
        all.answer_header(201, "X-Id", "For answers that some endpoints have.");
        all.answer_example(201, "some", &json!(1));
        all.event("price");
    });
    let document = document(host);
    let body = |path: &str, method: &str| {
        document.version_3_1()["paths"][path][method]["requestBody"]["content"].clone()
    };
    assert_eq!(body("/of-host", "get"), Value::Null);
    assert_eq!(body("/upload", "get"), Value::Null, "the content of a GET has no meaning");
    assert!(body("/upload", "put")["application/pdf"].is_object());
}

struct Pantry;

impl Group for Pantry {
    fn configure(group: &mut GroupConfig) {
        group.prefix("/pantry");
        group.answer_header(200, "X-Shelf", "Of the group.");
        group.answer_header(200, "X-Room", "Of the group.");
        group.answer_example(200, "one", &json!(1));
        group.answer_example(200, "two", &json!(2));
    }
}

endpoint! {
    Shelf: () => u8;
    |config| {
        config.get("/shelf");
        config.group::<Pantry>();
        config.allow_anonymous();
        config.answer_header(200, "X-Shelf", "Of the endpoint.");
        config.answer_example(200, "one", &json!(11));
    }
    |(), cx| { cx.send.ok_async(1).await }
}

#[test]
fn headers_and_examples_of_an_endpoint_replace_those_of_its_group() {
    let document = document(Host::empty().endpoint::<Shelf>());
    let ok = &responses(&document, "/pantry/shelf", "get")["200"];
    assert_eq!(ok["headers"]["X-Shelf"]["description"], "Of the endpoint.");
    assert_eq!(ok["headers"]["X-Room"]["description"], "Of the group.");
    let examples = &ok["content"]["application/json"]["examples"];
    assert_eq!(*examples, json!({ "one": { "value": 11 }, "two": { "value": 2 } }));
}

endpoint! {
    Prices: () => Events<StreamItem>;
    |config| { config.get("/prices"); config.allow_anonymous(); config.event("price"); }
    |(), cx| { cx.send.stream_items_async(stream! { yield StreamItem::text("one"); }).await }
}

#[test]
fn stream_items_have_the_stated_name() {
    let document = document(Host::empty().endpoint::<Prices>());
    let schemas = &document.version_3_1()["components"]["schemas"];
    assert_eq!(schemas["PricesEvents"]["properties"], json!({ "price": {} }));
}

endpoint! {
    Wrong: () => ();
    |config| {
        config.get("/wrong");
        config.allow_anonymous();
        config.takes("application/pdf");
        config.answer_header(409, "ETag", "The version.");
        config.answer_header(200, "no name", "…");
        config.takes_header("", "…");
    }
    |(), cx| { cx.send.status_async(StatusCode::OK).await }
}
endpoint! {
    Reserved: () => Events<u32>;
    |config| { config.get("/reserved"); config.allow_anonymous(); config.event("ready"); }
    |(), cx| { cx.send.event_stream_async("ready", stream! { yield 1; }).await }
}
endpoint! {
    Written: () => Events<u32>;
    |config| {
        config.get("/written");
        config.allow_anonymous();
        config.streams_as_written();
        config.event("ready");
    }
    |(), cx| { cx.send.event_stream_async("ready", stream! { yield 1; }).await }
}

#[derive(Serialize, JsonSchema, Events)]
enum Step {
    Started,
}

endpoint! {
    Named: () => Events<Step>;
    |config| { config.get("/named"); config.allow_anonymous(); config.event("step"); }
    |(), cx| { cx.send.events_async(stream! { yield Step::Started; }).await }
}

#[test]
fn what_does_not_fit_is_a_configuration_error() {
    use hyperpoint::openapi::ServeOpenApi;

    let host = Host::empty().endpoint::<Wrong>().endpoint::<Reserved>().endpoint::<Written>();
    let host = host.endpoint::<Named>().openapi(|api| api.allow_anonymous());
    let host = host.openapi(|api| {
        api.path("/second.json");
        api.path_3_2("/second-3.2.json");
        api.allow_anonymous();
    });
    let error = host.build().unwrap_err().to_string();
    let expected = [
        "Wrong` (tests/it/openapi/words.rs:",
        "declares the header `ETag` for the status 409, which the endpoint does not send",
        "`no name` is not the name of a header",
        "`` is not the name of a header",
        "declares the media type of an unparsed body with `takes`, but the request type does not take",
        "declares the event `ready`, whose name is reserved on a stream for `EventSource`",
        "declares the name of an event, but the event type defines the names",
    ];
    for text in expected {
        assert!(error.contains(text), "{text}\n{error}");
    }
    // Each once, in spite of two documents; one more line introduces them.
    assert_eq!(error.lines().count(), expected.len(), "{error}");
}

endpoint! {
    Ask: Vec<u32> => Vec<u32>;
    |config| { config.query("/ask"); config.allow_anonymous(); }
    |list, cx| { cx.send.ok_async(list).await }
}

#[test]
fn differences_are_those_of_the_version_that_was_kept() {
    let without = document(Host::empty().endpoint::<OfHost>());
    let with = document(Host::empty().endpoint::<OfHost>().endpoint::<Ask>());
    let differences = with.differences(&without.text_3_2());
    assert!(differences.iter().any(|line| line.starts_with("+ paths > /ask: ")), "{differences:?}");
    assert!(with.differences(&with.text_3_2()).is_empty());
    assert!(with.differences(&with.to_string()).is_empty());
    assert_eq!(with.differences("{").len(), 1);
}
