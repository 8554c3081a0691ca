//! Requests that bind to the endpoint's request type, and requests that are refused.

use bytes::Bytes;
use http::Request;
use http_body_util::Full;
use hyperpoint::Application;
use hyperpoint::prelude::*;
use insta::assert_snapshot;

use crate::http::{ask, endpoint, get};

#[derive(Debug, Deserialize, JsonSchema)]
struct Line {
    name: String,
    price: f64,
}

#[derive(Debug, Deserialize, JsonSchema)]
struct Order {
    id: u32,
    customer: String,
    #[serde(default)]
    items: Vec<Line>,
}

#[derive(Debug, Deserialize, JsonSchema, PartialEq)]
#[serde(rename_all = "lowercase")]
enum Direction {
    Up,
    Down,
}

#[derive(Debug, Deserialize, JsonSchema)]
#[expect(dead_code, reason = "the fields are compared as `Debug` text")]
struct Search {
    text: String,
    #[serde(default)]
    tags: Vec<String>,
    #[serde(default)]
    years: Vec<u16>,
    page: Option<u32>,
    direction: Option<Direction>,
    #[serde(default, rename = "with-drafts")]
    drafts: bool,
}

#[derive(Debug, Deserialize, JsonSchema)]
struct Person {
    name: String,
    age: u32,
}

endpoint! {
    PutOrder: Order => ();
    |config| {
        config.put("/orders/{id}");
        config.allow_anonymous();
    }
    |Order { id, customer, items }, cx| {
        let sum = items.iter().fold(0.0, |sum, line| sum + line.price);
        let names: Vec<_> = items.iter().map(|line| line.name.as_str()).collect();
        let text = format!("{id} of {customer}: {} for {sum}", names.join("+"));
        cx.send.string_async(text).await
    }
}

#[derive(Debug, Deserialize, JsonSchema)]
struct OrderId {
    id: u32,
}

endpoint! {
    Archive: OrderId => ();
    |config| {
        config.post("/orders/{id}/archive");
        config.allow_anonymous();
    }
    |OrderId { id }, cx| { cx.send.string_async(format!("archived {id}")).await }
}

endpoint! {
    Find: Search => ();
    |config| {
        config.get("/search");
        config.delete("/search");
        config.allow_anonymous();
    }
    |search, cx| { cx.send.string_async(format!("{search:?}")).await }
}

endpoint! {
    Lists: Vec<u32> => ();
    |config| {
        config.post("/lists");
        config.allow_anonymous();
    }
    |list, cx| { cx.send.string_async(format!("{list:?}")).await }
}

#[derive(Endpoint)]
#[endpoint(by_hand)]
struct Register;

impl Endpoint for Register {
    type Request = Person;
    type Response = ();

    fn configure(config: &mut Config) {
        config.post("/people");
        config.allow_anonymous();
    }

    fn validate(&self, person: &Person, failures: &mut Failures) {
        failures.check("name", !person.name.is_empty(), "must not be empty");
        failures.check("age", person.age < 150, "must be below 150");
    }

    async fn handle(&self, _: Person, cx: Cx<'_, Self>) -> Result {
        cx.send.no_content_async().await
    }
}

fn app() -> Application {
    let host = Host::empty().endpoint::<PutOrder>().endpoint::<Find>();
    let host = host.endpoint::<Lists>().endpoint::<Register>().endpoint::<Archive>();
    host.build().unwrap()
}

async fn put(kind: Option<&str>, body: &str) -> String {
    let mut request = Request::put("/orders/7");
    if let Some(kind) = kind {
        request = request.header("content-type", kind);
    }
    ask(&app(), request.body(body.to_owned()).unwrap()).await
}

async fn post(target: &str, body: &str) -> String {
    let request = Request::post(target).header("content-type", "application/json");
    ask(&app(), request.body(body.to_owned()).unwrap()).await
}

/// Returns the body of a refusal and checks its status.
#[track_caller]
pub(super) fn refused(answer: &str, status: &str) -> String {
    let (head, body) = answer.split_once("\n\n").unwrap();
    assert!(head.starts_with(status), "{answer}");
    let document: serde_json::Value = serde_json::from_str(body).unwrap();
    let told = [document.get("detail"), document.get("errors")];
    let told = told.into_iter().flatten().map(ToString::to_string);
    told.collect::<Vec<_>>().join(" ")
}

const GOOD: &str =
    r#"{"customer": "ann", "items": [{"name": "a", "price": 1.5}, {"name": "b", "price": 2}]}"#;

#[tokio::test]
async fn a_body_is_json_if_its_content_type_says_so() {
    for kind in [
        "application/json",
        "Application/JSON; charset=utf-8",
        "application/vnd.x+json",
        "application/merge-patch+json;v=1",
        "application/vnd.x+JSON",
    ] {
        let answer = put(Some(kind), GOOD).await;
        assert!(answer.ends_with("\n7 of ann: a+b for 3.5"), "{kind}: {answer}");
    }
}

#[tokio::test]
async fn a_body_of_another_type_is_a_415() {
    assert_snapshot!(put(None, GOOD).await, @r#"
    415 Unsupported Media Type
    content-type: application/problem+json

    {"type":"about:blank","title":"Unsupported Media Type","status":415,"detail":"the body has no content type; set `Content-Type` to `application/json` or `application/x-www-form-urlencoded`","instance":"/orders/7","traceId":"T"}
    "#);
    assert_snapshot!(put(Some("text/plain"), GOOD).await, @r#"
    415 Unsupported Media Type
    content-type: application/problem+json

    {"type":"about:blank","title":"Unsupported Media Type","status":415,"detail":"the body is `text/plain`; send `application/json` or `application/x-www-form-urlencoded`","instance":"/orders/7","traceId":"T"}
    "#);
    for kind in ["", "json", "application/jsonx", "application/x-www-form-urlencodedx"] {
        let answer = put(Some(kind), GOOD).await;
        assert!(answer.starts_with("415 "), "{kind}: {answer}");
    }
}

#[tokio::test]
async fn a_malformed_body_is_reported_by_line_and_column() {
    let answer = put(Some("application/json"), "{\n  \"customer\": \"ann\",,\n}").await;
    assert_snapshot!(answer, @r#"
    400 Bad Request
    content-type: application/problem+json

    {"type":"about:blank","title":"Bad Request","status":400,"detail":"key must be a string at line 2 column 21","instance":"/orders/7","traceId":"T"}
    "#);
    for body in ["{", "{\"customer\": \"a\"} x", "\"x\"", "nul"] {
        let answer = put(Some("application/json"), body).await;
        assert!(refused(&answer, "400").contains("line 1 column"), "{body}: {answer}");
    }
}

#[tokio::test]
async fn a_body_that_is_not_utf_8_is_reported_by_its_first_invalid_byte() {
    let request = Request::put("/orders/7").header("content-type", "application/json");
    let body = [br#"{"customer": "an"#.as_slice(), b"\xff\"}"].concat();
    let answer = ask(&app(), request.body(Full::new(Bytes::from(body))).unwrap()).await;
    assert_eq!(refused(&answer, "400"), r#""the body is not valid UTF-8 from byte 16 on""#);
}

#[tokio::test]
async fn an_invalid_value_is_reported_by_its_path() {
    let bodies = [
        r#"{"customer": 1}"#,
        r#"{"customer": "a", "items": [{"name": "x", "price": 1}, {"name": "y", "price": "2"}]}"#,
        r#"{"customer": "a", "items": [{"price": 1}]}"#,
        r#"{"customer": "a", "items": {}}"#,
        r#"{"items": []}"#,
    ];
    let mut told = Vec::new();
    for body in bodies {
        told.push(refused(&put(Some("application/json"), body).await, "400"));
    }
    assert_snapshot!(told.join("\n"), @r#"
    [{"code":"invalid","name":"customer","reason":"invalid type: integer `1`, expected a string at line 1 column 14"}]
    [{"code":"invalid","name":"items[1].price","reason":"invalid type: string \"2\", expected f64 at line 1 column 81"}]
    [{"code":"missing","name":"items[0].name","reason":"is missing"}]
    [{"code":"invalid","name":"items","reason":"invalid type: map, expected a sequence at line 1 column 27"}]
    [{"code":"missing","name":"customer","reason":"is missing from the body"}]
    "#);
}

#[tokio::test]
async fn a_route_parameter_binds_only_its_field() {
    let body = r#"{"id": 8, "customer": "ann"}"#;
    let answer = put(Some("application/json"), body).await;
    assert!(answer.ends_with("\n7 of ann:  for 0"), "{answer}");
    let request = Request::put("/orders/x").header("content-type", "application/json");
    let answer = ask(&app(), request.body(GOOD.to_owned()).unwrap()).await;
    assert_snapshot!(refused(&answer, "400"), @r#"[{"code":"invalid","name":"id","reason":"invalid value: string \"x\", expected an integer from 0 to 4294967295"}]"#);
}

#[tokio::test]
async fn a_request_with_all_fields_in_its_route_needs_no_body() {
    let archive = Request::post("/orders/7/archive").body(String::new()).unwrap();
    assert!(ask(&app(), archive).await.ends_with("\narchived 7"));
    // An unexpected body is reported.
    assert_snapshot!(refused(&put(None, "").await, "400"), @r#"[{"code":"missing","name":"customer","reason":"is missing from the body"}]"#);
}

#[tokio::test]
async fn a_body_that_is_not_an_object_binds_as_a_whole() {
    assert!(post("/lists", "[1, 2]").await.ends_with("\n[1, 2]"));
    assert_snapshot!(refused(&post("/lists", "[1, -2]").await, "400"), @r#"[{"code":"invalid","name":"[1]","reason":"invalid value: integer `-2`, expected u32 at line 1 column 6"}]"#);
}

#[tokio::test]
async fn the_query_binds_fields_and_lists() {
    let target = "/search?text=a%20b+c&tags=x&tags=y&years=2001&years=2002&page=3&direction=down&with-drafts=true&other=1";
    let answer = get(&app(), target).await;
    assert_snapshot!(answer, @r#"
    200 OK
    content-type: text/plain; charset=utf-8

    Search { text: "a b c", tags: ["x", "y"], years: [2001, 2002], page: Some(3), direction: Some(Down), drafts: true }
    "#);
    let answer = get(&app(), "/search?text=").await;
    assert!(answer.ends_with(r#"Search { text: "", tags: [], years: [], page: None, direction: None, drafts: false }"#), "{answer}");
    let delete = Request::delete("/search?text=z").body(String::new()).unwrap();
    assert!(ask(&app(), delete).await.contains(r#"text: "z""#));
}

#[tokio::test]
async fn an_invalid_query_value_is_reported_by_its_field() {
    let mut told = Vec::new();
    for query in [
        "",
        "text=a&text=b",
        "text=a&page=x",
        "text=a&page=-1",
        "text=a&years=1&years=",
        "text=a&years=1&years=y",
        "text=a&direction=left",
        "text=a&with-drafts=yes",
    ] {
        let answer = get(&app(), &format!("/search?{query}")).await;
        told.push(format!("{query}: {}", refused(&answer, "400")));
    }
    assert_snapshot!(told.join("\n"), @r#"
    : [{"code":"missing","name":"text","reason":"is missing from the query"}]
    text=a&text=b: [{"code":"invalid","name":"text","reason":"expected one value, found 2"}]
    text=a&page=x: [{"code":"invalid","name":"page","reason":"invalid value: string \"x\", expected an integer from 0 to 4294967295"}]
    text=a&page=-1: [{"code":"invalid","name":"page","reason":"invalid value: string \"-1\", expected an integer from 0 to 4294967295"}]
    text=a&years=1&years=: [{"code":"invalid","name":"years[1]","reason":"invalid value: string \"\", expected an integer from 0 to 65535"}]
    text=a&years=1&years=y: [{"code":"invalid","name":"years[1]","reason":"invalid value: string \"y\", expected an integer from 0 to 65535"}]
    text=a&direction=left: [{"code":"invalid","name":"direction","reason":"unknown variant `left`, expected `up` or `down`"}]
    text=a&with-drafts=yes: [{"code":"invalid","name":"with-drafts","reason":"invalid value: string \"yes\", expected true or false"}]
    "#);
}

#[tokio::test]
async fn every_failure_of_validation_is_in_one_400() {
    assert_snapshot!(post("/people", r#"{"name": "", "age": 200}"#).await, @r#"
    400 Bad Request
    content-type: application/problem+json

    {"type":"about:blank","title":"Bad Request","status":400,"detail":"the request is not valid","instance":"/people","traceId":"T","errors":[{"name":"name","reason":"must not be empty","code":"invalid"},{"name":"age","reason":"must be below 150","code":"invalid"}]}
    "#);
    assert_snapshot!(post("/people", r#"{"name": "ann", "age": 20}"#).await, @"204 No Content");
}
