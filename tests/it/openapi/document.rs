//! What is in the document of an application that has everything.

use std::collections::BTreeSet;

use hyperpoint::openapi::{DescribeApplication, OpenApiDocument};
use hyperpoint::prelude::*;
use serde_json::{Value, json};

use crate::everything::everything;
use crate::http::endpoint;

endpoint! {
    Ping: () => ();
    |config| {
        config.get("/ping");
        config.allow_anonymous();
    }
    |(), cx| { cx.send.no_content_async().await }
}

fn document() -> OpenApiDocument {
    everything().build().unwrap().openapi()
}

/// Returns an operation of the document in OpenAPI 3.1.
fn operation(path: &str, method: &str) -> Value {
    let operation = document().version_3_1()["paths"][path][method].clone();
    assert!(operation.is_object(), "{method} {path}");
    operation
}

fn schema(name: &str) -> Value {
    document().version_3_1()["components"]["schemas"][name].clone()
}

fn parameter(operation: &Value, name: &str) -> Value {
    let parameters = operation["parameters"].as_array().unwrap();
    parameters.iter().find(|parameter| parameter["name"] == name).unwrap().clone()
}

fn statuses(operation: &Value) -> Vec<&str> {
    operation["responses"].as_object().unwrap().keys().map(String::as_str).collect()
}

#[test]
fn parameters_have_their_place_their_bounds_and_whether_they_are_needed() {
    let search = operation("/search", "get");
    assert_eq!(
        parameter(&search, "text"),
        json!({
            "name": "text", "in": "query", "required": true, "description": "The text to look for.",
            "schema": { "type": "string", "minLength": 1, "maxLength": 40 },
        })
    );
    let limit = json!({ "type": "integer", "format": "uint8", "minimum": 1, "maximum": 100 });
    assert_eq!(
        parameter(&search, "limit"),
        json!({ "name": "limit", "in": "query", "schema": limit })
    );
    assert_eq!(parameter(&search, "filter")["style"], "deepObject");
    assert_eq!(parameter(&search, "tags")["schema"]["items"], json!({ "type": "string" }));
    let places = operation("/places/{id}", "get");
    let of = |name: &str| parameter(&places, name)["in"].as_str().unwrap().to_owned();
    assert_eq!(["id", "page", "x-tenant", "theme"].map(of), ["path", "query", "header", "cookie"]);
    let names: Vec<_> =
        places["parameters"].as_array().unwrap().iter().map(|one| &one["name"]).collect();
    assert!(!names.contains(&&json!("sub")), "a claim is not part of a request");
    let constrained = operation("/constrained/{id}/{key}/{code}", "get");
    assert_eq!(parameter(&constrained, "key")["schema"]["format"], "uuid");
    assert_eq!(parameter(&constrained, "code")["schema"]["pattern"], "^[0-9]{2,4}$");
}

#[test]
fn bodies_have_their_media_types_and_no_fields_from_elsewhere() {
    let media = |path: &str, method: &str| {
        let operation = operation(path, method);
        let content = operation["requestBody"]["content"].as_object().unwrap();
        content.keys().cloned().collect::<Vec<_>>().join(" ")
    };
    let all = "application/json application/x-www-form-urlencoded multipart/form-data";
    assert_eq!(media("/own-errors", "post"), all);
    assert_eq!(media("/sign-in", "post"), "application/x-www-form-urlencoded multipart/form-data");
    assert_eq!(media("/books", "post"), "multipart/form-data");
    assert_eq!(
        media("/orders", "post"),
        "application/json",
        "a form of objects in a list has no description"
    );
    assert_eq!(media("/raw", "post"), "application/octet-stream");
    assert_eq!(media("/text", "put"), "text/plain");
    let body = schema("PatchedBody");
    let fields: Vec<_> =
        body["properties"].as_object().unwrap().keys().map(String::as_str).collect();
    assert_eq!((fields, &body["required"]), (vec!["changes", "reason"], &json!(["changes"])));
    assert_eq!(operation("/lines/{id}", "put")["requestBody"]["required"], false);
    assert_eq!(
        schema("Book")["properties"]["cover"],
        json!({ "type": "string", "format": "binary" })
    );
}

#[test]
fn what_is_sent_and_what_is_received_have_schemas_of_their_own_if_they_differ() {
    assert_eq!(schema("Line")["required"], json!(["item", "quantity"]));
    assert_eq!(schema("LineInput")["required"], json!(["item"]));
    assert_eq!(
        schema("OrderInput")["properties"]["lines"]["items"]["$ref"],
        "#/components/schemas/LineInput"
    );
    assert_eq!(schema("User")["properties"]["name"]["type"], "string");
    assert_eq!(
        schema("User2")["properties"]["id"]["format"],
        "uuid",
        "another type of the same name"
    );
    let text = document().to_string();
    assert!(!text.contains("x-hyperpoint") && !text.contains("$defs"));
}

#[test]
fn answers_are_those_of_the_types_and_of_what_is_stated() {
    let place = operation("/orders", "post");
    assert_eq!(statuses(&place), ["201", "400", "403", "408", "413", "415", "500"]);
    assert!(place["responses"]["201"]["headers"]["Location"].is_object());
    let find = operation("/users/{id}", "get");
    assert_eq!(statuses(&find), ["200", "202", "400", "404", "410", "500"]);
    assert!(find["responses"]["202"].get("content").is_none());
    let gone = &find["responses"]["410"]["content"]["application/json"]["schema"];
    assert_eq!(*gone, json!({ "type": "string" }));
    let report = operation("/report", "get");
    assert!(report["responses"]["200"]["content"]["text/csv"].is_object());
    assert!(report["responses"]["200"]["headers"]["ETag"].is_object());
}

#[test]
fn refusals_are_those_that_can_happen() {
    assert_eq!(statuses(&operation("/tree", "get")), ["200", "500"]);
    let places = operation("/places/{id}", "get");
    assert_eq!(statuses(&places), ["200", "400", "401", "403", "500"]);
    assert_eq!(places["responses"]["401"]["$ref"], "#/components/responses/Unauthorized");
    assert_eq!(statuses(&operation("/search", "get")), ["200", "400", "421", "429", "500"]);
    assert_eq!(statuses(&operation("/steps", "get")), ["200", "406", "500"]);
    assert_eq!(statuses(&operation("/written", "get")), ["200", "500", "503"]);
    let constrained = operation("/constrained/{id}/{key}/{code}", "get");
    assert_eq!(statuses(&constrained), ["200", "400", "404", "500"]);
    let document = document();
    let problem = &document.version_3_1()["components"]["responses"]["Unauthorized"];
    let media = &problem["content"]["application/problem+json"];
    assert_eq!(media["schema"]["$ref"], "#/components/schemas/Problem");
    let own = operation("/own-errors", "post");
    assert_eq!(
        own["responses"]["409"]["content"]["application/json"]["schema"]["$ref"],
        "#/components/schemas/Failure"
    );
}

#[test]
fn security_is_that_of_the_schemes_and_of_the_requirements() {
    let places = operation("/places/{id}", "get");
    assert_eq!(
        places["security"],
        json!([{ "api-key": [] }, { "api-key-bearer": [] }, { "session": [] }])
    );
    assert_eq!(places["description"], "Needs roles clerk or admin.");
    let any_scheme = operation("/any-scheme", "get");
    assert_eq!(any_scheme["security"], json!([{ "api-key": [] }, { "api-key-bearer": [] }]));
    assert_eq!(operation("/search", "get")["security"], json!([]));
    let scoped = operation("/scoped", "get");
    assert_eq!(scoped["security"][0], json!({ "api-key": ["orders:write"] }));
    assert_eq!(scoped["description"], "Needs scopes orders:write; the policy `on weekdays`.");
    let prices = operation("/prices/{of}", "get");
    assert!(prices["security"].as_array().unwrap().contains(&json!({ "ticket": [] })));
    let document = document();
    let schemes = &document.version_3_1()["components"]["securitySchemes"];
    assert_eq!(schemes["ticket"], json!({ "type": "apiKey", "in": "query", "name": "ticket" }));
    assert_eq!(schemes["api-key-bearer"], json!({ "type": "http", "scheme": "bearer" }));
}

#[test]
fn words_are_those_of_configure_and_of_doc_comments() {
    let search = operation("/search", "get");
    assert_eq!(search["summary"], "Searches");
    assert_eq!(search["description"], "Returns what was asked, in the order of the fields.");
    assert_eq!(search["operationId"], "search");
    let old = operation("/v2/second/old", "get");
    assert_eq!(
        (&old["deprecated"], &old["tags"]),
        (&json!(true), &json!(["Everything", "Second"]))
    );
    assert_eq!(operation("/rest/{path}", "get")["operationId"], "readRest");
    assert_eq!(operation("/several", "delete")["operationId"], "severalDelete");
    assert!(document().version_3_1()["paths"].get("/hidden").is_none());
    let tea = &operation("/orders", "post")["requestBody"]["content"]["application/json"]["examples"]
        ["tea"];
    assert_eq!(tea["value"]["lines"][0]["item"], "tea");
    let paths = document().version_3_1()["paths"].clone();
    let mut ids = BTreeSet::new();
    for item in paths.as_object().unwrap().values() {
        for operation in item.as_object().unwrap().values() {
            let id = operation["operationId"].as_str().unwrap();
            assert!(ids.insert(id.to_owned()), "{id}");
        }
    }
}

#[test]
fn a_stream_has_each_event_in_3_2_and_the_union_of_data_in_3_1() {
    let document = document();
    let media = |version: &Value| {
        version["paths"]["/steps"]["get"]["responses"]["200"]["content"]["text/event-stream"]
            .clone()
    };
    let union = media(document.version_3_1())["schema"]["anyOf"].clone();
    let names: Vec<_> =
        union.as_array().unwrap().iter().map(|one| one["$ref"].as_str().unwrap()).collect();
    let component = "#/components/schemas/";
    assert_eq!(
        names,
        ["StepStarted", "StepTrayBaked", "Failure2"].map(|name| format!("{component}{name}"))
    );
    let by_name = &document.version_3_1()["components"]["schemas"]["StepsEvents"]["properties"];
    assert_eq!(by_name["failed"]["$ref"], "#/components/schemas/Failure2");

    let schemas = &document.version_3_2()["components"]["schemas"];
    let item = media(document.version_3_2())["itemSchema"]["$ref"].as_str().unwrap().to_owned();
    assert_eq!(item, "#/components/schemas/StepsEvent");
    let events = schemas["StepsEvent"]["oneOf"].as_array().unwrap();
    assert_eq!(events[1]["properties"]["event"]["const"], "tray-baked");
    let data = &events[1]["properties"]["data"];
    assert_eq!(data["contentMediaType"], "application/json");
    assert_eq!(data["contentSchema"]["$ref"], "#/components/schemas/StepTrayBaked");
    let added: Vec<_> = events[3..].iter().map(|event| event["$ref"].as_str().unwrap()).collect();
    let own = ["StreamReady", "StreamGap", "StreamReconnect", "StreamProblem", "StreamDone"];
    assert_eq!(added, own.map(|name| format!("{component}{name}")));
    let written = schemas["WrittenEvent"]["oneOf"].as_array().unwrap();
    assert_eq!(written.len(), 3, "a stream as written has its own events alone");
    assert!(parameter(&operation("/steps", "get"), "Last-Event-ID").is_object());
    assert!(operation("/written", "get").get("parameters").is_none());
}

#[test]
fn the_names_and_the_schemas_of_other_streams_are_stated() {
    let by_name = |name: &str| schema(name)["properties"].clone();
    assert_eq!(
        by_name("PricesEvents"),
        json!({ "price": { "$ref": "#/components/schemas/Price" } })
    );
    assert!(by_name("MixedEvents")["tray-baked"].is_object());
    let complete = operation("/completions", "post")["responses"]["200"]["content"].clone();
    assert_eq!(complete["application/json"]["schema"]["$ref"], "#/components/schemas/Price");
    assert_eq!(complete["text/event-stream"]["schema"]["$ref"], "#/components/schemas/Price");
    let generic = operation("/generic", "get")["responses"]["200"]["content"].clone();
    assert_eq!(generic["text/event-stream"]["schema"], json!({}), "nothing is known of it");
}

#[test]
fn query_is_in_3_2_alone() {
    let document = document();
    let item = |version: &Value| version["paths"]["/lines"].clone();
    assert!(item(document.version_3_1()).is_null());
    assert_eq!(item(document.version_3_2())["query"]["operationId"], "ask");
}

#[test]
fn an_application_without_words_has_a_document() {
    let host = Host::empty().endpoint::<Ping>();
    let document = host.build().unwrap().openapi();
    assert_eq!(document.version_3_1()["info"], json!({ "title": "API", "version": "0.0.0" }));
    assert_eq!(document.version_3_1()["openapi"], "3.1.1");
    assert_eq!(document.version_3_2()["openapi"], "3.2.0");
}
