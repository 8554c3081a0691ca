//! Claims: values that the authentication scheme knows of the user and that no client can set.

use http::{HeaderValue, Request, request};
use hyperpoint::prelude::*;
use hyperpoint::{Application, AuthenticationScheme, Identity, async_trait};
use insta::assert_snapshot;

use super::request_types::refused;
use crate::http::{ask, endpoint};

/// Treats the bearer token as the user's name, and gives some users claims.
struct Tokens;

#[async_trait]
impl AuthenticationScheme for Tokens {
    fn challenge(&self, _: &request::Parts) -> HeaderValue {
        HeaderValue::from_static("Bearer")
    }

    async fn authenticate(&self, request: &request::Parts) -> Result<Option<Identity>, Problem> {
        let token = request.headers.get("authorization").and_then(|value| value.to_str().ok());
        let name = token.and_then(|token| token.strip_prefix("Bearer "));
        Ok(name.map(|name| match name {
            "ann" => Identity::user("ann")
                .with_claim("tenant", "acme")
                .with_claim("level", 3)
                .with_claim("aud", "one"),
            "odd" => {
                Identity::user("odd").with_claim("tenant", "acme").with_claim("level", "secret")
            }
            name => Identity::user(name),
        }))
    }
}

#[derive(Debug, Deserialize, JsonSchema)]
#[expect(dead_code, reason = "the fields are compared as `Debug` text")]
struct Owned {
    /// An alias: another name that serde accepts.
    #[serde(alias = "user")]
    sub: from::Claim<String>,
    tenant: from::Claim<String>,
    level: from::Claim<Option<u8>>,
    #[serde(default)]
    aud: from::Claim<Vec<String>>,
    note: String,
}

endpoint! {
    PutNote: Owned => ();
    |config| {
        config.put("/notes");
        config.get("/notes");
    }
    |owned, cx| { cx.send.string_async(format!("{owned:?}")).await }
}

/// A flattened type with a claim, which serde buffers before reading it.
#[derive(Debug, Deserialize, JsonSchema)]
#[expect(dead_code, reason = "the fields are compared as `Debug` text")]
struct Caller {
    #[serde(alias = "user")]
    sub: from::Claim<String>,
}

#[derive(Debug, Deserialize, JsonSchema)]
#[expect(dead_code, reason = "the fields are compared as `Debug` text")]
struct Flat {
    #[serde(flatten)]
    caller: Caller,
    note: String,
}

endpoint! {
    PutFlat: Flat => ();
    |config| { config.put("/flat"); }
    |flat, cx| { cx.send.string_async(format!("{flat:?}")).await }
}

/// A type whose schema does not show that a field is a claim.
#[derive(Debug, Deserialize, JsonSchema)]
#[expect(dead_code, reason = "the fields are compared as `Debug` text")]
struct Hidden {
    #[schemars(with = "String")]
    sub: from::Claim<String>,
}

endpoint! {
    PutHidden: Hidden => ();
    |config| {
        config.put("/hidden");
        config.get("/hidden");
    }
    |hidden, cx| { cx.send.string_async(format!("{hidden:?}")).await }
}

fn app() -> Application {
    let host = Host::empty().authentication(Tokens).endpoint::<PutNote>();
    host.endpoint::<PutFlat>().endpoint::<PutHidden>().build().unwrap()
}

async fn put(user: &str, target: &str, headers: &[(&str, &str)], body: &str) -> String {
    let mut request = Request::put(target).header("authorization", format!("Bearer {user}"));
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let request = request.header("content-type", "application/json");
    ask(&app(), request.body(body.to_owned()).unwrap()).await
}

#[tokio::test]
async fn a_claim_has_the_value_of_the_scheme() {
    assert_snapshot!(put("ann", "/notes", &[], r#"{"note": "x"}"#).await, @r#"
    200 OK
    content-type: text/plain; charset=utf-8

    Owned { sub: Claim("ann"), tenant: Claim("acme"), level: Claim(Some(3)), aud: Claim(["one"]), note: "x" }
    "#);
}

#[tokio::test]
async fn no_client_can_set_a_claim() {
    let query = "?sub=evil&tenant=evil&level=9&aud=evil&user=evil";
    let headers =
        [("sub", "evil"), ("tenant", "evil"), ("cookie", "sub=evil; tenant=evil; user=evil")];
    let body = r#"{"note": "x", "sub": "evil", "tenant": "evil", "level": 9, "aud": ["evil"]}"#;
    let answer = put("ann", &format!("/notes{query}"), &headers, body).await;
    assert!(answer.contains("Claim(\"ann\")") && !answer.contains("evil"), "{answer}");
    assert!(answer.contains("Claim(Some(3))"), "{answer}");
    // Nor a claim that the user does not have.
    let answer = put("bob", &format!("/notes{query}"), &headers, body).await;
    assert_snapshot!(refused(&answer, "403"), @r#""the user has no claim `tenant`""#);
    // Nor through the query of a GET.
    let request = Request::get("/notes?note=x&sub=evil&tenant=evil&level=9&aud=evil");
    let request = request.header("authorization", "Bearer ann").body(String::new()).unwrap();
    let answer = ask(&app(), request).await;
    assert!(answer.contains("Claim(\"ann\")") && !answer.contains("evil"), "{answer}");
}

#[tokio::test]
async fn no_client_can_set_a_claim_through_an_alias_of_its_field() {
    for target in ["/notes", "/flat"] {
        let answer = put("ann", target, &[], r#"{"note": "x", "user": "evil"}"#).await;
        assert!(answer.starts_with("400"), "{answer}");
    }
    assert_snapshot!(put("ann", "/flat", &[], r#"{"note": "x", "sub": "evil"}"#).await, @r#"
    200 OK
    content-type: text/plain; charset=utf-8

    Flat { caller: Caller { sub: Claim("ann") }, note: "x" }
    "#);
}

#[tokio::test]
async fn a_claim_that_the_schema_hides_is_refused_and_not_taken_from_the_client() {
    let answer = put("ann", "/hidden", &[], r#"{"sub": "evil"}"#).await;
    assert_snapshot!(refused(&answer, "400"), @r#"[{"code":"invalid","name":"sub","reason":"invalid type: string \"evil\", expected a value from its source, the claim at line 1 column 14"}]"#);
    let request = Request::get("/hidden?sub=evil").header("authorization", "Bearer ann");
    let answer = ask(&app(), request.body(String::new()).unwrap()).await;
    assert!(answer.starts_with("400"), "{answer}");
}

#[tokio::test]
async fn a_user_without_the_claims_is_forbidden_and_sees_no_value() {
    assert_snapshot!(refused(&put("odd", "/notes", &[], r#"{"note": "x"}"#).await, "403"), @r#""the claim `level` of the user has the wrong type""#);
    assert_snapshot!(refused(&put("bob", "/notes", &[], "{}").await, "403"), @r#""the user has no claim `tenant`""#);
}
