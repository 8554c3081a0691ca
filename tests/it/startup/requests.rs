//! Configuration errors in request types.

use http::Method;
use hyperpoint::prelude::*;
use insta::assert_debug_snapshot;

use super::routed::{errors_of, routed};

#[derive(Deserialize, JsonSchema)]
#[expect(dead_code, reason = "only the schema is used")]
struct Line {
    price: u32,
}

#[derive(Deserialize, JsonSchema)]
#[expect(dead_code, reason = "only the schema is used")]
struct Bodies {
    form: from::Form<Line>,
    body: from::Body<Vec<Line>>,
}

#[derive(Deserialize, JsonSchema)]
#[expect(dead_code, reason = "only the schema is used")]
struct BodyAndField {
    id: u32,
    page: from::Query<Option<u32>>,
    order: from::Body<Line>,
    note: String,
}

#[derive(Deserialize, JsonSchema)]
#[expect(dead_code, reason = "only the schema is used")]
struct Names {
    #[serde(rename = "x tenant")]
    tenant: from::Header<String>,
    #[serde(rename = "größe")]
    size: from::Header<Option<u32>>,
    #[serde(rename = "a;b")]
    session: from::Cookie<String>,
}

#[derive(Deserialize, JsonSchema)]
#[expect(dead_code, reason = "only the schema is used")]
struct Claims {
    sub: from::Claim<String>,
    tier: from::Claim<Option<String>>,
    #[serde(default)]
    teams: from::Claim<Vec<String>>,
}

#[derive(Deserialize, JsonSchema)]
#[expect(dead_code, reason = "only the schema is used")]
struct Nested {
    lines: Vec<Claims>,
}

#[derive(Deserialize, JsonSchema)]
#[expect(dead_code, reason = "only the schema is used")]
struct Twofold {
    id: from::Header<u32>,
    line: from::Header<Line>,
    lines: Vec<Line>,
}

routed!(BodyOfGet: BodyAndField, |config| {
    config.verbs([Method::GET, Method::HEAD, Method::TRACE]);
    config.routes(["/of-get/{id}"]);
});
routed!(TwoBodies: Bodies, |config| config.post("/two"));
routed!(WholeAndPart: BodyAndField, |config| config.post("/part/{id}"));
routed!(BadNames: Names, |config| config.get("/names"));
routed!(AnonymousClaim: Claims, |config| config.get("/claims"));
routed!(NestedClaim: Nested, |config| config.post("/nested"));
routed!(NoObject: Vec<Claims>, |config| config.post("/no-object"));
routed!(TwoSources: Twofold, |config| config.get("/sources/{id}"));
routed!(DeleteWithBody: BodyAndField, |config| config.delete("/delete/{id}"));

#[test]
fn all_errors_in_the_sources_of_fields_are_reported_at_once() {
    let host = Host::empty().endpoint::<BodyOfGet>().endpoint::<TwoBodies>();
    let host = host.endpoint::<WholeAndPart>().endpoint::<BadNames>().endpoint::<AnonymousClaim>();
    let host = host.endpoint::<NestedClaim>().endpoint::<NoObject>().endpoint::<TwoSources>();
    assert_debug_snapshot!(errors_of(host), @r#"
    the host can't start: 13 configuration errors
      - `it::startup::requests::BodyOfGet` (tests/it/startup/requests.rs:65): field `order` comes from the body, but GET has no body; use `from::Query`, or another method
      - `it::startup::requests::BodyOfGet` (tests/it/startup/requests.rs:65): field `order` comes from the body, but HEAD has no body; use `from::Query`, or another method
      - `it::startup::requests::BodyOfGet` (tests/it/startup/requests.rs:65): field `order` comes from the body, but TRACE has no body; use `from::Query`, or another method
      - `it::startup::requests::TwoBodies` (tests/it/startup/requests.rs:69): fields `body` and `form` both take the whole body; keep one of the two
      - `it::startup::requests::WholeAndPart` (tests/it/startup/requests.rs:70): field `note` comes from the body, but `order` takes the whole body; make it `from::Query<…>`, or move it into the type of `order`
      - `it::startup::requests::BadNames` (tests/it/startup/requests.rs:71): field `a;b` can't be the name of a cookie; rename it with `#[serde(rename = "…")]`
      - `it::startup::requests::BadNames` (tests/it/startup/requests.rs:71): field `größe` can't be the name of a header; rename it with `#[serde(rename = "…")]`
      - `it::startup::requests::BadNames` (tests/it/startup/requests.rs:71): field `x tenant` can't be the name of a header; rename it with `#[serde(rename = "…")]`
      - `it::startup::requests::AnonymousClaim` (tests/it/startup/requests.rs:72): field `sub` comes from a claim, and anonymous users have none; remove `config.allow_anonymous()`, or make it `from::Claim<Option<…>>`
      - `it::startup::requests::NestedClaim` (tests/it/startup/requests.rs:73): the request type has a `from` type within the type of a field; use `from` types only for the fields of the request type itself and of the types that it flattens
      - `it::startup::requests::NoObject` (tests/it/startup/requests.rs:74): the request type has a `from` type within the type of a field; use `from` types only for the fields of the request type itself and of the types that it flattens
      - `it::startup::requests::TwoSources` (tests/it/startup/requests.rs:75): field `id` is a route parameter, but its type takes it from the header; rename it, or remove the `from` type
      - `it::startup::requests::TwoSources` (tests/it/startup/requests.rs:75): field `line` is an object, but comes from a header as text; flatten it with `#[serde(flatten)]`, or take it from the query or a body
    "#);
}

routed!(WholeRequest: from::Body<Line>, |config| config.post("/whole"));
routed!(WholeForm: from::Form<Line>, |config| config.post("/form"));

#[test]
fn a_source_as_the_request_type_is_reported_with_what_to_write() {
    let host = Host::empty().endpoint::<WholeRequest>().endpoint::<WholeForm>();
    assert_debug_snapshot!(errors_of(host), @r"
    the host can't start: 2 configuration errors
      - `it::startup::requests::WholeRequest` (tests/it/startup/requests.rs:101): the request type is itself a `from::Body`; use a struct with one field of this type
      - `it::startup::requests::WholeForm` (tests/it/startup/requests.rs:102): the request type is itself a `from::Form`; use a struct with one field of this type
    ");
}

#[test]
fn a_delete_may_have_a_body_if_configured() {
    Host::empty().endpoint::<DeleteWithBody>().build().unwrap();
}
