//! Authentication and roles: schemes, challenges, and the identity that an endpoint receives.

use std::time::SystemTime;

use http::{HeaderValue, Request, StatusCode, request};
use hyperpoint::prelude::*;
use hyperpoint::{Application, AuthenticationScheme, Identity, async_trait};
use insta::assert_snapshot;

use crate::http::{ask, endpoint};

/// A bearer token that is the user's name; some names have a special behaviour.
pub(crate) struct Tokens;

#[async_trait]
impl AuthenticationScheme for Tokens {
    fn challenge(&self, _: &request::Parts) -> HeaderValue {
        HeaderValue::from_static("Bearer")
    }

    async fn authenticate(&self, request: &request::Parts) -> Result<Option<Identity>, Problem> {
        let token = request.headers.get("authorization").and_then(|value| value.to_str().ok());
        let Some(name) = token.and_then(|token| token.strip_prefix("Bearer ")) else {
            return Ok(None);
        };
        match name {
            "forged" => Ok(None),
            "ended" => Ok(Some(Identity::user("ann").with_expiry(SystemTime::UNIX_EPOCH))),
            "away" => Err("the store of sessions is away: hunter2")?,
            "late" => Err(Problem::new(StatusCode::UNAUTHORIZED).detail("the token is too old")),
            "panics" => panic!("hunter2"),
            "boss" => Ok(Some(Identity::user("boss").with_role("admin").with_role("clerk"))),
            name => Ok(Some(Identity::user(name))),
        }
    }
}

/// A key in a header of its own.
struct Keys;

#[async_trait]
impl AuthenticationScheme for Keys {
    fn challenge(&self, _: &request::Parts) -> HeaderValue {
        HeaderValue::from_static("ApiKey realm=\"machines\"")
    }

    async fn authenticate(&self, request: &request::Parts) -> Result<Option<Identity>, Problem> {
        let key = request.headers.get("x-api-key");
        Ok(key.map(|_| Identity::user("machine").with_role("clerk")))
    }
}

fn whoami(identity: &Identity) -> String {
    let admin = if identity.has_role("admin") { ", an admin" } else { "" };
    format!("{}{admin}", identity.subject().unwrap_or("nobody"))
}

endpoint! {
    Users: () => ();
    |config| { config.get("/users"); }
    |(), cx| { cx.send.string_async(whoami(cx.identity)).await }
}

endpoint! {
    Clerks: () => ();
    |config| {
        config.get("/clerks");
        config.roles(["clerk", "accountant"]);
    }
    |(), cx| { cx.send.string_async(whoami(cx.identity)).await }
}

endpoint! {
    Anyone: () => ();
    |config| {
        config.get("/anyone");
        config.allow_anonymous();
    }
    |(), cx| { cx.send.string_async(whoami(cx.identity)).await }
}

#[derive(Deserialize, JsonSchema)]
#[expect(dead_code, reason = "the request is refused before it is read")]
struct Big {
    text: String,
}

endpoint! {
    Upload: Big => ();
    |config| { config.post("/upload"); }
    |_, cx| { cx.send.no_content_async().await }
}

fn app() -> Application {
    let host = Host::empty().endpoint::<Users>().endpoint::<Clerks>();
    let host = host.endpoint::<Anyone>().endpoint::<Upload>();
    host.authentication(Tokens).authentication(Keys).build().unwrap()
}

async fn with(target: &str, headers: &[(&str, &str)]) -> String {
    let request = headers
        .iter()
        .fold(Request::get(target), |request, (name, value)| request.header(*name, *value));
    ask(&app(), request.body(String::new()).unwrap()).await
}

async fn bearer(target: &str, name: &str) -> String {
    with(target, &[("authorization", &format!("Bearer {name}"))]).await
}

#[tokio::test]
async fn an_anonymous_request_gets_a_401_with_the_challenge_of_every_scheme() {
    assert_snapshot!(with("/users", &[]).await, @r#"
    401 Unauthorized
    content-type: application/problem+json
    www-authenticate: ApiKey realm="machines"
    www-authenticate: Bearer

    {"type":"about:blank","title":"Unauthorized","status":401,"detail":"the request has no valid credentials","instance":"/users","traceId":"T"}
    "#);
    assert!(bearer("/users", "forged").await.starts_with("401 "));
    assert!(bearer("/users", "ended").await.starts_with("401 "));
    assert!(with("/clerks", &[]).await.starts_with("401 "));
}

#[tokio::test]
async fn a_user_without_a_required_role_gets_a_403() {
    assert_snapshot!(bearer("/clerks", "ann").await, @r#"
    403 Forbidden
    content-type: application/problem+json

    {"type":"about:blank","title":"Forbidden","status":403,"detail":"you do not have a required role","instance":"/clerks","traceId":"T"}
    "#);
}

#[tokio::test]
async fn a_user_with_any_of_the_roles_is_admitted() {
    assert!(bearer("/users", "ann").await.ends_with("\nann"));
    assert!(bearer("/clerks", "boss").await.ends_with("\nboss, an admin"));
    assert!(with("/clerks", &[("x-api-key", "1")]).await.ends_with("\nmachine"));
}

#[tokio::test]
async fn the_first_scheme_that_authenticates_the_user_wins() {
    let both = [("authorization", "Bearer ann"), ("x-api-key", "1")];
    assert!(with("/users", &both).await.ends_with("\nann"));
    assert!(with("/clerks", &both).await.starts_with("403 "));
}

#[tokio::test]
async fn an_open_endpoint_still_receives_the_identity() {
    assert!(with("/anyone", &[]).await.ends_with("\nnobody"));
    assert!(bearer("/anyone", "ann").await.ends_with("\nann"));
    assert!(bearer("/anyone", "forged").await.ends_with("\nnobody"));
}

#[tokio::test]
async fn a_scheme_may_refuse_a_request() {
    assert_snapshot!(bearer("/users", "late").await, @r#"
    401 Unauthorized
    content-type: application/problem+json

    {"type":"about:blank","title":"Unauthorized","status":401,"detail":"the token is too old","instance":"/users","traceId":"T"}
    "#);
}

#[tokio::test]
async fn a_scheme_that_fails_or_panics_is_a_500_without_details() {
    let away = bearer("/users", "away").await;
    assert_snapshot!(away, @r#"
    500 Internal Server Error
    content-type: application/problem+json

    {"type":"about:blank","title":"Internal Server Error","status":500,"instance":"/users","traceId":"T"}
    "#);
    assert_eq!(bearer("/users", "panics").await, away);
}

#[tokio::test]
async fn a_request_is_refused_before_its_body_is_read() {
    let request = Request::post("/upload").header("content-type", "text/plain");
    let answer = ask(&app(), request.body("no json".to_owned()).unwrap()).await;
    assert!(answer.starts_with("401 "), "{answer}");
}
