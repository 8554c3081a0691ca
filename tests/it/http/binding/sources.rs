//! Fields with a declared source: each is bound from that source and from no other.

use http::Request;
use hyperpoint::Application;
use hyperpoint::prelude::*;
use insta::assert_snapshot;

use super::request_types::refused;
use crate::http::{ask, endpoint, get};

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
enum Mode {
    DryRun,
    Real,
}

#[derive(Debug, Deserialize, JsonSchema)]
#[expect(dead_code, reason = "the fields are compared as `Debug` text")]
struct Rename {
    id: Uuid,
    dry_run: from::Query<Option<bool>>,
    #[serde(default)]
    tag: from::Query<Vec<String>>,
    #[serde(rename = "x-tenant")]
    tenant: from::Header<String>,
    #[serde(rename = "x-level", default)]
    levels: from::Header<Vec<u8>>,
    #[serde(rename = "x-mode")]
    mode: Option<from::Header<Mode>>,
    session: from::Cookie<Option<String>>,
    name: String,
}

endpoint! {
    RenameUser: Rename => ();
    |config| {
        config.put("/users/{id}");
        config.allow_anonymous();
    }
    |rename, cx| { cx.send.string_async(format!("{rename:?}")).await }
}

#[derive(Debug, Deserialize, JsonSchema)]
#[expect(dead_code, reason = "the fields are compared as `Debug` text")]
struct Paging {
    page: from::Query<Option<u32>>,
    size: u16,
    #[serde(default)]
    ids: Vec<i64>,
    exact: Option<bool>,
}

#[derive(Debug, Deserialize, JsonSchema)]
#[expect(dead_code, reason = "the fields are compared as `Debug` text")]
struct List {
    room: u32,
    agent: from::Header<Option<String>>,
    #[serde(flatten)]
    paging: Paging,
}

endpoint! {
    ListUsers: List => ();
    |config| {
        config.get("/rooms/{room}/users");
        config.allow_anonymous();
    }
    |list, cx| { cx.send.string_async(format!("{list:?}")).await }
}

fn app() -> Application {
    Host::empty().endpoint::<RenameUser>().endpoint::<ListUsers>().build().unwrap()
}

const TARGET: &str = "/users/67e55044-10b1-426f-9247-bb680e5fe0c8";

async fn put(query: &str, headers: &[(&str, &str)], body: &str) -> String {
    let mut request = Request::put(format!("{TARGET}{query}"));
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let request = request.header("content-type", "application/json");
    ask(&app(), request.body(body.to_owned()).unwrap()).await
}

#[tokio::test]
async fn each_field_comes_from_its_source() {
    let headers = [
        ("X-Tenant", "acme"),
        ("x-level", "1, 2"),
        ("x-level", "3,"),
        ("x-mode", "dry-run"),
        ("cookie", "other=1; session=a%3Db"),
    ];
    let answer = put("?dry_run=true&tag=a&tag=b", &headers, r#"{"name": "ann"}"#).await;
    assert_snapshot!(answer, @r#"
    200 OK
    content-type: text/plain; charset=utf-8

    Rename { id: 67e55044-10b1-426f-9247-bb680e5fe0c8, dry_run: Query(Some(true)), tag: Query(["a", "b"]), tenant: Header("acme"), levels: Header([1, 2, 3]), mode: Some(Header(DryRun)), session: Cookie(Some("a=b")), name: "ann" }
    "#);
}

#[tokio::test]
async fn fields_that_are_optional_or_have_a_default_may_be_missing() {
    let answer = put("", &[("x-tenant", "acme")], r#"{"name": "ann"}"#).await;
    assert_snapshot!(answer, @r#"
    200 OK
    content-type: text/plain; charset=utf-8

    Rename { id: 67e55044-10b1-426f-9247-bb680e5fe0c8, dry_run: Query(None), tag: Query([]), tenant: Header("acme"), levels: Header([]), mode: None, session: Cookie(None), name: "ann" }
    "#);
}

#[tokio::test]
async fn no_source_replaces_another() {
    // Each value has its name, and is sent in every source except its own.
    let body = r#"{"name": "ann", "id": 1, "dry_run": true, "tag": ["x"], "x-tenant": "evil",
        "x-level": [9], "x-mode": "real", "session": "evil"}"#;
    let query = "?id=1&x-tenant=evil&x-level=9&x-mode=real&session=evil&name=evil";
    let headers = [("dry_run", "true"), ("tag", "x"), ("session", "evil"), ("name", "evil")];
    assert_snapshot!(refused(&put(query, &headers, body).await, "400"), @r#"[{"code":"missing","name":"x-tenant","reason":"is missing from the headers"}]"#);
    let headers = [("x-tenant", "acme"), ("cookie", "x-tenant=evil; name=evil; dry_run=true")];
    assert_snapshot!(put(query, &headers, body).await, @r#"
    200 OK
    content-type: text/plain; charset=utf-8

    Rename { id: 67e55044-10b1-426f-9247-bb680e5fe0c8, dry_run: Query(None), tag: Query([]), tenant: Header("acme"), levels: Header([]), mode: None, session: Cookie(None), name: "ann" }
    "#);
}

#[tokio::test]
async fn all_missing_fields_are_reported_together_with_their_sources() {
    assert_snapshot!(refused(&put("", &[], "{}").await, "400"), @r#"[{"code":"missing","name":"x-tenant","reason":"is missing from the headers"},{"code":"missing","name":"name","reason":"is missing from the body"}]"#);
    assert_snapshot!(refused(&put("", &[], r#"{"name": 7}"#).await, "400"), @r#"[{"code":"missing","name":"x-tenant","reason":"is missing from the headers"}]"#);
}

#[tokio::test]
async fn a_malformed_value_is_reported_by_its_name() {
    let tenant = ("x-tenant", "a");
    let body = r#"{"name": "ann"}"#;
    let told = [
        put("?dry_run=maybe", &[tenant], body).await,
        put("", &[tenant, ("x-level", "1, 2000")], body).await,
        put("", &[tenant, ("x-mode", "real"), ("x-mode", "real")], body).await,
        put("", &[tenant, ("x-mode", "fast")], body).await,
        put("", &[tenant], r#"{"name": "ann", "name": "bob"}"#).await,
    ];
    let told = told.iter().map(|answer| refused(answer, "400")).collect::<Vec<_>>();
    assert_snapshot!(told.join("\n"), @r#"
    [{"code":"invalid","name":"dry_run","reason":"invalid value: string \"maybe\", expected true or false"}]
    [{"code":"invalid","name":"x-level[1]","reason":"invalid value: string \"2000\", expected an integer from 0 to 255"}]
    [{"code":"invalid","name":"x-mode","reason":"is sent more than once; send one value"}]
    [{"code":"invalid","name":"x-mode","reason":"unknown variant `fast`, expected `dry-run` or `real`"}]
    [{"code":"duplicate","name":"name","reason":"duplicate field `name` at line 1 column 22"}]
    "#);
}

#[tokio::test]
async fn a_header_that_is_not_text_is_refused_without_repeating_it() {
    let request = Request::put(TARGET).header("x-tenant", b"\xffsecret".as_slice());
    let request = request.header("content-type", "application/json");
    let answer = ask(&app(), request.body(r#"{"name": "ann"}"#.to_owned()).unwrap()).await;
    assert_snapshot!(refused(&answer, "400"), @r#"[{"code":"invalid","name":"x-tenant","reason":"is not valid UTF-8"}]"#);
}

#[tokio::test]
async fn a_flattened_type_has_its_own_sources_and_types() {
    let answer = get(&app(), "/rooms/7/users?page=2&size=30&ids=1&ids=-2&exact=true&agent=x").await;
    assert_snapshot!(answer, @"
    200 OK
    content-type: text/plain; charset=utf-8

    List { room: 7, agent: Header(None), paging: Paging { page: Query(Some(2)), size: 30, ids: [1, -2], exact: Some(true) } }
    ");
    let answer = get(&app(), "/rooms/7/users?size=30&ids=5").await;
    assert_snapshot!(answer, @"
    200 OK
    content-type: text/plain; charset=utf-8

    List { room: 7, agent: Header(None), paging: Paging { page: Query(None), size: 30, ids: [5], exact: None } }
    ");
    assert_snapshot!(refused(&get(&app(), "/rooms/7/users?size=x").await, "400"), @r#"[{"code":"invalid","name":"size","reason":"invalid type: string \"x\", expected u16"}]"#);
    assert_snapshot!(refused(&get(&app(), "/rooms/7/users").await, "400"), @r#"[{"code":"missing","name":"size","reason":"is missing from the query"}]"#);
}
