//! Form bodies, and bodies that are bound to one field.

use http::Request;
use hyperpoint::Application;
use hyperpoint::prelude::*;
use insta::assert_snapshot;

use super::request_types::refused;
use crate::http::{ask, endpoint};

#[derive(Debug, Deserialize, JsonSchema)]
#[expect(dead_code, reason = "the fields are compared as `Debug` text")]
struct SignIn {
    name: String,
    age: Option<u8>,
    #[serde(default)]
    roles: Vec<String>,
    #[serde(default)]
    remember: bool,
}

#[derive(Debug, Deserialize, JsonSchema)]
#[expect(dead_code, reason = "the fields are compared as `Debug` text")]
struct FormOnly {
    #[serde(rename = "next")]
    to: from::Query<Option<String>>,
    form: from::Form<SignIn>,
}

#[derive(Debug, Deserialize, JsonSchema)]
struct Line {
    price: f64,
}

#[derive(Debug, Deserialize, JsonSchema)]
#[expect(dead_code, reason = "the fields are compared as `Debug` text")]
struct Cart {
    customer: String,
    note: String,
    items: Vec<Line>,
}

#[derive(Debug, Deserialize, JsonSchema)]
#[expect(dead_code, reason = "the fields are compared as `Debug` text")]
struct Whole {
    id: u32,
    order: from::Body<Cart>,
}

#[derive(Debug, Deserialize, JsonSchema)]
#[expect(dead_code, reason = "the fields are compared as `Debug` text")]
struct Maybe {
    list: from::Body<Option<Vec<u32>>>,
    key: String,
}

endpoint! {
    Either: SignIn => ();
    |config| {
        config.post("/either");
        config.allow_anonymous();
    }
    |either, cx| { cx.send.string_async(format!("{either:?}")).await }
}

endpoint! {
    Form: FormOnly => ();
    |config| {
        config.post("/form");
        config.allow_anonymous();
    }
    |form, cx| { cx.send.string_async(format!("{form:?}")).await }
}

endpoint! {
    PutOrder: Whole => ();
    |config| {
        config.put("/orders/{id}");
        config.allow_anonymous();
    }
    |whole, cx| {
        let lines: f64 = whole.order.items.iter().map(|line| line.price).sum();
        cx.send.string_async(format!("{whole:?} {lines}")).await
    }
}

endpoint! {
    DeleteAll: Maybe => ();
    |config| {
        config.delete("/lists");
        config.allow_anonymous();
    }
    |maybe, cx| { cx.send.string_async(format!("{maybe:?}")).await }
}

endpoint! {
    Deep: serde_json::Value => ();
    |config| {
        config.post("/deep");
        config.allow_anonymous();
    }
    |_, cx| { cx.send.no_content_async().await }
}

fn app() -> Application {
    let host = Host::empty().endpoint::<Either>().endpoint::<Form>();
    let host = host.endpoint::<PutOrder>().endpoint::<DeleteAll>();
    host.endpoint::<Deep>().build().unwrap()
}

const FORM: &str = "application/x-www-form-urlencoded";
const JSON: &str = "application/json";

async fn send(method: &str, target: &str, kind: &str, body: &str) -> String {
    let mut request = Request::builder().method(method).uri(target);
    if !kind.is_empty() {
        request = request.header("content-type", kind);
    }
    ask(&app(), request.body(body.to_owned()).unwrap()).await
}

#[tokio::test]
async fn fields_with_text_values_are_read_from_json_and_from_forms() {
    let form =
        send("POST", "/either", FORM, "name=a+b%21&age=7&roles=x&roles=y&remember=true").await;
    assert_snapshot!(form, @r#"
    200 OK
    content-type: text/plain; charset=utf-8

    SignIn { name: "a b!", age: Some(7), roles: ["x", "y"], remember: true }
    "#);
    let json = r#"{"name": "a b!", "age": 7, "roles": ["x", "y"], "remember": true}"#;
    assert_eq!(send("POST", "/either", JSON, json).await, form);
    // A number that a browser's form leaves empty is missing.
    let empty =
        send("POST", "/either", "Application/X-WWW-Form-Urlencoded; charset=utf-8", "name=&age=")
            .await;
    assert_snapshot!(empty, @r#"
    200 OK
    content-type: text/plain; charset=utf-8

    SignIn { name: "", age: None, roles: [], remember: false }
    "#);
}

#[tokio::test]
async fn an_invalid_form_is_reported_by_field() {
    assert_snapshot!(refused(&send("POST", "/either", FORM, "age=x").await, "400"), @r#"[{"code":"missing","name":"name","reason":"is missing from the form"},{"code":"invalid","name":"age","reason":"invalid value: string \"x\", expected an integer from 0 to 255"}]"#);
    assert_snapshot!(refused(&send("POST", "/either", FORM, "").await, "400"), @r#"[{"code":"missing","name":"name","reason":"is missing from the form"}]"#);
    assert_snapshot!(refused(&send("POST", "/either", "text/plain", "x").await, "415"), @r#""the body is `text/plain`; send `application/json` or `application/x-www-form-urlencoded`""#);
}

#[tokio::test]
async fn json_that_is_sent_as_a_form_is_recognized() {
    let json = r#"{"name": "ann", "age": 7}"#;
    assert_snapshot!(refused(&send("POST", "/either", FORM, json).await, "400"), @r#"[{"code":"missing","name":"name","reason":"is missing from the form; the body looks like JSON, so send it as `application/json`"}]"#);
    // Where JSON is refused too, the refusal says nothing of JSON.
    let text = refused(&send("POST", "/form", FORM, json).await, "400");
    assert!(!text.contains("application/json"), "{text}");
}

#[tokio::test]
async fn json_of_another_kind_is_refused_without_names_of_rust_types() {
    for json in ["[]", "3", "null", r#""ann""#] {
        let text = refused(&send("POST", "/either", JSON, json).await, "400");
        assert!(!text.contains("SignIn"), "{text}");
    }
    assert_snapshot!(refused(&send("POST", "/either", JSON, "3").await, "400"), @r#""invalid type: integer `3`, expected an object at line 1 column 1""#);
}

#[tokio::test]
async fn a_field_can_be_the_whole_form() {
    let answer = send("POST", "/form?next=/home&name=evil", FORM, "name=ann&next=/evil").await;
    assert_snapshot!(answer, @r#"
    200 OK
    content-type: text/plain; charset=utf-8

    FormOnly { to: Query(Some("/home")), form: Form(SignIn { name: "ann", age: None, roles: [], remember: false }) }
    "#);
    assert_snapshot!(refused(&send("POST", "/form", FORM, "age=300").await, "400"), @r#"[{"code":"missing","name":"name","reason":"is missing from the form"},{"code":"invalid","name":"age","reason":"invalid value: string \"300\", expected an integer from 0 to 255"}]"#);
    assert_snapshot!(refused(&send("POST", "/form", JSON, r#"{"name": "ann"}"#).await, "415"), @r#""the body is `application/json`; send `application/x-www-form-urlencoded`""#);
    assert_snapshot!(refused(&send("POST", "/form", "", "").await, "400"), @r#""the body is missing""#);
}

#[tokio::test]
async fn a_field_can_be_the_whole_json() {
    let json = r#"{"customer": "ann", "note": "", "items": [{"price": 1.5}], "id": 9}"#;
    assert_snapshot!(send("PUT", "/orders/7", JSON, json).await, @r#"
    200 OK
    content-type: text/plain; charset=utf-8

    Whole { id: 7, order: Body(Cart { customer: "ann", note: "", items: [Line { price: 1.5 }] }) } 1.5
    "#);
    let told = [
        send("PUT", "/orders/7", JSON, "{}").await,
        send(
            "PUT",
            "/orders/7",
            JSON,
            r#"{"customer": "a", "note": "", "items": [{"price": "x"}]}"#,
        )
        .await,
        send("PUT", "/orders/7", JSON, r#"{"customer": "a", "note": "", "items": [{}]}"#).await,
        send("PUT", "/orders/7", JSON, "[]").await,
        send("PUT", "/orders/7", JSON, "{\n,").await,
        send("PUT", "/orders/7", "", "").await,
    ];
    let told = told.iter().map(|answer| refused(answer, "400")).collect::<Vec<_>>();
    assert_snapshot!(told.join("\n"), @r#"
    [{"code":"missing","name":"customer","reason":"is missing from the body"},{"code":"missing","name":"items","reason":"is missing from the body"},{"code":"missing","name":"note","reason":"is missing from the body"}]
    [{"code":"invalid","name":"items[0].price","reason":"invalid type: string \"x\", expected f64 at line 1 column 53"}]
    [{"code":"missing","name":"items[0].price","reason":"is missing"}]
    "the body is an array; send an object"
    "key must be a string at line 2 column 1"
    "the body is missing"
    "#);
    assert!(send("PUT", "/orders/7", FORM, "customer=ann").await.starts_with("415"));
}

#[tokio::test]
async fn an_optional_body_may_be_absent() {
    assert_snapshot!(send("DELETE", "/lists?key=k", "", "").await, @r#"
    200 OK
    content-type: text/plain; charset=utf-8

    Maybe { list: Body(None), key: "k" }
    "#);
    assert_snapshot!(send("DELETE", "/lists?key=k", JSON, "[1, 2]").await, @r#"
    200 OK
    content-type: text/plain; charset=utf-8

    Maybe { list: Body(Some([1, 2])), key: "k" }
    "#);
}

#[tokio::test]
async fn the_depth_of_json_is_limited() {
    let deep = "[".repeat(200) + &"]".repeat(200);
    let json = format!(r#"{{"customer": "a", "note": "", "items": [], "other": {deep}}}"#);
    // Fields that are not bound are skipped without being stored.
    assert!(send("PUT", "/orders/7", JSON, &json).await.starts_with("200"));
    let answer = send("POST", "/deep", JSON, &deep).await;
    assert_snapshot!(refused(&answer, "400"), @r#""recursion limit exceeded at line 1 column 128""#);
}
