//! Values from text, as browsers and other clients write them.

use std::net::IpAddr;

use http::Request;
use hyperpoint::Application;
use hyperpoint::prelude::*;
use insta::assert_snapshot;

use super::request_types::refused;
use crate::http::{ask, endpoint};

#[derive(Debug, Deserialize, JsonSchema)]
enum State {
    Open,
    /// With a text, its schema is a choice of constants.
    Closed,
}

#[derive(Debug, Deserialize, JsonSchema)]
#[expect(dead_code, reason = "the fields are compared as `Debug` text")]
struct Filter {
    state: Option<State>,
    id: Option<Uuid>,
    from: Option<IpAddr>,
    letter: Option<char>,
    page: Option<u32>,
    is_new: Option<bool>,
    text: Option<String>,
}

#[derive(Debug, Deserialize, JsonSchema)]
#[expect(dead_code, reason = "the fields are compared as `Debug` text")]
struct Numbers {
    small: Option<u8>,
    big: Option<u64>,
    wide: Option<i128>,
    share: Option<f64>,
    narrow: Option<f32>,
    #[serde(default)]
    ids: Vec<u64>,
    #[serde(default)]
    states: Vec<State>,
}

#[derive(Debug, Deserialize, JsonSchema)]
#[expect(dead_code, reason = "the fields are compared as `Debug` text")]
struct Paging {
    page: from::Query<Option<u16>>,
    #[serde(alias = "count")]
    size: Option<u16>,
    order: Option<State>,
    start: Option<f64>,
    is_exact: Option<bool>,
    #[serde(rename = "x-level")]
    level: from::Header<Option<u8>>,
}

#[derive(Debug, Deserialize, JsonSchema)]
#[expect(dead_code, reason = "the fields are compared as `Debug` text")]
struct Window {
    from: u32,
    until: u32,
}

#[derive(Debug, Deserialize, JsonSchema)]
#[expect(dead_code, reason = "the fields are compared as `Debug` text")]
struct Listing {
    room: u32,
    title: String,
    #[serde(alias = "page_size")]
    page_length: Option<u32>,
    #[serde(alias = "nick")]
    name: Option<String>,
    #[serde(flatten)]
    paging: Paging,
    #[serde(flatten)]
    window: Window,
}

/// Writes an endpoint that responds with what it read from the query and from the body.
macro_rules! echo {
    ($name:ident: $request:ty, $route:literal) => {
        endpoint! {
            $name: $request => ();
            |config| {
                config.get($route);
                config.post($route);
                config.allow_anonymous();
            }
            |request, cx| { cx.send.string_async(format!("{request:?}")).await }
        }
    };
}

#[derive(Debug, Deserialize, JsonSchema)]
#[expect(dead_code, reason = "the fields are compared as `Debug` text")]
struct Heads {
    #[serde(rename = "accept-language")]
    languages: from::Header<Option<String>>,
    #[serde(rename = "x-level")]
    level: from::Header<Option<u8>>,
    #[serde(rename = "x-dry-run")]
    dry_run: from::Header<Option<bool>>,
    #[serde(rename = "x-state")]
    state: from::Header<Option<State>>,
}

echo!(Find: Filter, "/find");
echo!(Count: Numbers, "/count");
echo!(List: Listing, "/rooms/{room}");
echo!(Head: Heads, "/heads");

fn app() -> Application {
    let host = Host::empty().endpoint::<Find>().endpoint::<Count>();
    host.endpoint::<List>().endpoint::<Head>().build().unwrap()
}

const FORM: &str = "application/x-www-form-urlencoded";

async fn query(path: &str, query: &str) -> String {
    ask(&app(), Request::get(format!("{path}?{query}")).body(String::new()).unwrap()).await
}

async fn post(path: &str, kind: &str, body: &str) -> String {
    let request = Request::post(path).header("content-type", kind);
    ask(&app(), request.body(body.to_owned()).unwrap()).await
}

/// Sends the pairs as a query and as a form, which are parsed alike.
async fn both(path: &str, pairs: &str) -> String {
    let by_query = query(path, pairs).await;
    let by_form = post(path, FORM, pairs).await;
    if by_query.starts_with("200") {
        assert_eq!(by_form, by_query, "{pairs}");
    }
    by_query
}

#[tokio::test]
async fn an_empty_form_field_is_missing_if_it_is_optional() {
    let empty = both("/find", "state=&id=&from=&letter=&page=&is_new=&text=").await;
    assert_snapshot!(empty, @r#"
    200 OK
    content-type: text/plain; charset=utf-8

    Filter { state: None, id: None, from: None, letter: None, page: None, is_new: None, text: Some("") }
    "#);
    let lists = both("/count", "ids=&states=&small=").await;
    assert!(lists.ends_with("ids: [], states: [] }"), "{lists}");
    for bad in ["state=x", "id=x", "from=x", "letter=xy", "page=x", "state=+"] {
        let name = bad.split('=').next().unwrap();
        let answer = refused(&both("/find", bad).await, "400");
        assert!(answer.contains(&format!(r#""name":"{name}""#)), "{bad}: {answer}");
    }
    assert!(refused(&both("/count", "ids=1&ids=").await, "400").contains("ids[1]"));
}

#[tokio::test]
async fn an_empty_value_is_missing_in_a_flattened_type_and_under_an_alias() {
    let needed = "title=a&from=1&until=2";
    let answer = query(
        "/rooms/7",
        &format!("{needed}&page=&size=&order=&start=&is_exact=&page_size=&nick="),
    )
    .await;
    assert_snapshot!(answer, @r#"
    200 OK
    content-type: text/plain; charset=utf-8

    Listing { room: 7, title: "a", page_length: None, name: Some(""), paging: Paging { page: Query(None), size: None, order: None, start: None, is_exact: None, level: Header(None) }, window: Window { from: 1, until: 2 } }
    "#);
    let answer = query("/rooms/7", &format!("{needed}&count=&page_size=")).await;
    assert!(answer.contains("page_length: None") && answer.contains("size: None"), "{answer}");
    let answer = query("/rooms/7", &format!("{needed}&count=5&page_size=6&size=")).await;
    assert!(answer.starts_with("400"), "a name and its alias are the same field twice: {answer}");
    let answer = query("/rooms/7", "title=a&from=&until=2").await;
    assert!(refused(&answer, "400").contains(r#""name":"from""#), "{answer}");
}

#[tokio::test]
async fn an_invalid_value_in_a_flattened_type_is_reported_by_name() {
    let needed = "title=a&from=1&until=2";
    let mut told = Vec::new();
    for bad in [
        "size=x",
        "size=70000",
        "count=-1",
        "order=left",
        "start=x",
        "is_exact=maybe",
        "page=70000",
        "until=x",
    ] {
        let name = bad.split('=').next().unwrap();
        let others = needed.split('&').filter(|pair| !pair.starts_with(&format!("{name}=")));
        let pairs = others.chain([bad, "page_size=1"]).collect::<Vec<_>>().join("&");
        told.push(format!("{bad}: {}", refused(&query("/rooms/7", &pairs).await, "400")));
    }
    let request = Request::get(format!("/rooms/7?{needed}")).header("x-level", "300");
    told.push(refused(&ask(&app(), request.body(String::new()).unwrap()).await, "400"));
    for json in [
        r#"{"title": "a", "from": 1, "until": 2, "size": "x"}"#,
        r#"{"title": "a", "from": 1, "until": [2]}"#,
        r#"{"title": "a", "size": "x"}"#,
    ] {
        told.push(refused(&post("/rooms/7", "application/json", json).await, "400"));
    }
    assert_snapshot!(told.join("\n"), @r#"
    size=x: [{"code":"invalid","name":"size","reason":"invalid type: string \"x\", expected u16"}]
    size=70000: [{"code":"invalid","name":"size","reason":"invalid value: integer `70000`, expected u16"}]
    count=-1: [{"code":"invalid","name":"count","reason":"invalid type: string \"-1\", expected u16"}]
    order=left: [{"code":"invalid","name":"order","reason":"unknown variant `left`, expected `Open` or `Closed`"}]
    start=x: [{"code":"invalid","name":"start","reason":"invalid type: string \"x\", expected f64"}]
    is_exact=maybe: [{"code":"invalid","name":"is_exact","reason":"invalid type: string \"maybe\", expected a boolean"}]
    page=70000: [{"code":"invalid","name":"page","reason":"invalid value: integer `70000`, expected u16"}]
    until=x: [{"code":"invalid","name":"until","reason":"invalid type: string \"x\", expected u32"}]
    [{"code":"invalid","name":"x-level","reason":"invalid value: integer `300`, expected u8"}]
    [{"code":"invalid","name":"size","reason":"invalid type: string \"x\", expected u16"}]
    [{"code":"invalid","name":"until","reason":"invalid type: sequence, expected u32"}]
    [{"code":"missing","name":"from","reason":"is missing from the body"},{"code":"missing","name":"until","reason":"is missing from the body"},{"code":"invalid","name":"size","reason":"invalid type: string \"x\", expected u16"}]
    "#);
}

#[tokio::test]
async fn a_ticked_checkbox_is_true_also_beside_its_hidden_field() {
    for (text, expected) in [
        ("is_new=on", "Some(true)"),
        ("is_new=true&is_new=false", "Some(true)"),
        ("is_new=false", "Some(false)"),
        ("is_new=false&is_new=false", "Some(false)"),
        ("is_new=1", "Some(true)"),
        ("is_new=0", "Some(false)"),
        ("is_new=True", "Some(true)"),
        ("is_new=FALSE", "Some(false)"),
        ("", "None"),
    ] {
        let answer = query("/find", text).await;
        assert!(answer.contains(&format!("is_new: {expected}")), "{text}: {answer}");
        let answer = post("/find", FORM, text).await;
        assert!(answer.contains(&format!("is_new: {expected}")), "{text}: {answer}");
        let pairs = format!("title=a&from=1&until=2&{}", text.replace("is_new", "is_exact"));
        let answer = query("/rooms/7", &pairs).await;
        assert!(answer.contains(&format!("is_exact: {expected}")), "{pairs}: {answer}");
    }
    for bad in ["is_new=yes", "is_new=true&is_new=x", "is_new=2", "is_new=true&is_new="] {
        assert!(both("/find", bad).await.starts_with("400"), "{bad}");
    }
}

#[tokio::test]
async fn a_number_that_json_cannot_represent_is_refused() {
    for bad in [
        "share=NaN",
        "share=nan",
        "share=inf",
        "share=-Infinity",
        "share=1e999",
        "narrow=1e39",
        "narrow=NaN",
        "share=0x10",
        "share=1_000",
        "small=256",
        "small=1.0",
        "small=1e2",
        "small=0x10",
        "small=-0.0",
        "big=18446744073709551616",
        "big=-1",
        "small=%205",
        "small=%D9%A1",
    ] {
        let name = bad.split('=').next().unwrap();
        let answer = refused(&both("/count", bad).await, "400");
        assert!(answer.contains(&format!(r#""name":"{name}""#)), "{bad}: {answer}");
    }
    for bad in ["start=NaN", "start=1e999", "start=inf"] {
        let answer = query("/rooms/7", &format!("title=a&from=1&until=2&{bad}")).await;
        assert!(refused(&answer, "400").contains(r#""name":"start""#), "{bad}: {answer}");
    }
    for (good, expected) in [
        ("big=18446744073709551615", "big: Some(18446744073709551615)"),
        ("big=9007199254740993", "big: Some(9007199254740993)"),
        (
            "wide=-170141183460469231731687303715884105728",
            "wide: Some(-17014118346046923173168730371588410572",
        ),
        ("small=007", "small: Some(7)"),
        ("share=-.5e1", "share: Some(-5.0)"),
        ("narrow=1e38", "narrow: Some(1e38)"),
    ] {
        let answer = both("/count", good).await;
        assert!(answer.contains(expected), "{good}: {answer}");
    }
}

#[tokio::test]
async fn a_text_header_joins_its_lines_and_other_types_refuse_repeats() {
    let send = async |headers: &[(&str, &str)]| {
        let mut request = Request::get("/heads");
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        ask(&app(), request.body(String::new()).unwrap()).await
    };
    let answer = send(&[("accept-language", "de"), ("accept-language", "en;q=0.5")]).await;
    assert!(answer.contains(r#"languages: Header(Some("de, en;q=0.5"))"#), "{answer}");
    for (name, value) in [("x-level", "1"), ("x-dry-run", "true"), ("x-state", "Open")] {
        assert!(send(&[(name, value)]).await.starts_with("200"), "{name}");
        let answer = refused(&send(&[(name, value), (name, value)]).await, "400");
        assert!(answer.contains("is sent more than once; send one value"), "{answer}");
    }
}
