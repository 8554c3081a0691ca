//! API keys: programs as users.

use http::{HeaderName, Request};
use hyperpoint::prelude::*;
use hyperpoint::schemes::{ApiKeys, Jwt, JwtIssuer, JwtKey};
use hyperpoint::{Application, AuthenticationScheme, Identity};
use insta::assert_snapshot;

use crate::http::{ask, endpoint};

const PRINTER: &str = "printer-0123456789";
const BILLING: &str = "billing-0123456789";

endpoint! {
    Jobs: () => ();
    |config| {
        config.get("/jobs");
        config.scopes(["jobs:read"]);
    }
    |(), cx| { cx.send.string_async(format!("{:?} by {:?}", cx.identity.subject(), cx.identity.scheme())).await }
}

fn app(keys: ApiKeys) -> Application {
    Host::empty().endpoint::<Jobs>().authentication(keys).build().unwrap()
}

async fn with(app: &Application, header: &str, key: &str) -> String {
    ask(app, Request::get("/jobs").header(header, key).body(String::new()).unwrap()).await
}

fn keys() -> ApiKeys {
    let printer = Identity::user("printer").with_scope("jobs:read");
    ApiKeys::new().key(PRINTER, printer).key(BILLING, Identity::user("billing"))
}

#[tokio::test]
async fn each_key_identifies_its_own_program() {
    let app = app(keys());
    assert!(
        with(&app, "x-api-key", PRINTER)
            .await
            .ends_with("\nSome(\"printer\") by Some(\"api-key\")")
    );
    assert!(with(&app, "x-api-key", BILLING).await.starts_with("403 "));
    for wrong in ["", "printer-012345678", "printer-01234567890", "PRINTER-0123456789"] {
        assert!(with(&app, "x-api-key", wrong).await.starts_with("401 "), "{wrong}");
    }
    assert_snapshot!(with(&app, "x-other", PRINTER).await, @r#"
    401 Unauthorized
    content-type: application/problem+json
    www-authenticate: ApiKey header="x-api-key"

    {"type":"about:blank","title":"Unauthorized","status":401,"detail":"the request has no valid credentials","instance":"/jobs","traceId":"T"}
    "#);
}

#[tokio::test]
async fn keys_are_looked_up_if_no_configured_key_matches() {
    let app = app(keys().header(HeaderName::from_static("x-key")).named("keys").look_up(
        |key| async move {
            match key.as_str() {
                "away" => Err("the store is away: hunter2")?,
                key => Ok(key
                    .strip_prefix("k-")
                    .map(|name| Identity::user(name).with_scope("jobs:read"))),
            }
        },
    ));
    assert!(with(&app, "x-key", "k-ann").await.ends_with("\nSome(\"ann\") by Some(\"keys\")"));
    assert!(with(&app, "x-key", PRINTER).await.contains("printer"));
    assert!(with(&app, "x-key", "ann").await.starts_with("401 "));
    let away = with(&app, "x-key", "away").await;
    assert!(away.starts_with("500 ") && !away.contains("hunter2"), "{away}");
}

#[test]
fn guessable_keys_are_a_configuration_error() {
    let host = |keys| Host::empty().endpoint::<Jobs>().authentication(keys).build();
    assert_snapshot!(host(ApiKeys::new()).unwrap_err(), @"
    the host can't start: 1 configuration error
      - the scheme `api-key`: has no keys; add `.key(…)` or `.look_up(…)`
    ");
    assert_snapshot!(host(ApiKeys::new().key("short", Identity::user("ann"))).unwrap_err(), @"
    the host can't start: 1 configuration error
      - the scheme `api-key`: a key is shorter than 16 bytes; use at least 16 random bytes
    ");
}

#[tokio::test]
async fn a_key_without_an_owner_is_an_error_and_a_looked_up_one_is_not_authenticated() {
    let host = Host::empty().endpoint::<Jobs>();
    let error = host.authentication(ApiKeys::new().key(PRINTER, Identity::user(""))).build();
    assert!(error.unwrap_err().to_string().contains("a key has an anonymous identity"));
    let nobody = |_| async { Ok(Some(Identity::user("").with_scope("jobs:read"))) };
    let host = Host::empty().endpoint::<Jobs>().authentication(ApiKeys::new().look_up(nobody));
    let app = host.authentication(keys().named("others")).build().unwrap();
    assert!(with(&app, "x-api-key", "0123456789abcdef").await.starts_with("401 "));
    // The next scheme is tried.
    assert!(with(&app, "x-api-key", PRINTER).await.starts_with("200 "));
}

#[tokio::test]
async fn a_key_is_valid_as_long_as_its_check_passes() {
    let keys = keys().look_up(|key| async move {
        let printer = || Identity::user("withdrawn").with_scope("jobs:read");
        Ok((key == "another-0123456789").then(printer))
    });
    let app = app(keys.check(|owner| async move { Ok(owner.subject() != Some("withdrawn")) }));
    assert!(with(&app, "x-api-key", PRINTER).await.starts_with("200 "));
    assert!(with(&app, "x-api-key", "another-0123456789").await.starts_with("401 "));
}

#[tokio::test]
async fn a_key_is_accepted_as_a_bearer_token_if_the_scheme_says_so() {
    let bearer = format!("Bearer {PRINTER}");
    let closed = app(keys());
    assert!(with(&closed, "authorization", &bearer).await.starts_with("401 "));
    let app = app(keys().bearer());
    for value in [&*bearer, &bearer.replace("Bearer", "bearer"), &bearer.replace(' ', "  ")] {
        let answer = with(&app, "authorization", value).await;
        assert!(answer.ends_with("\nSome(\"printer\") by Some(\"api-key\")"), "{answer}");
    }
    assert!(with(&app, "x-api-key", PRINTER).await.starts_with("200 "));
    for wrong in [PRINTER, "Bearer", "Bearer ", "Basic cHJpbnRlcg==", "Bearer printer-01234567890"]
    {
        assert!(with(&app, "authorization", wrong).await.starts_with("401 "), "{wrong}");
    }
    // The other header is the one that counts.
    let both = Request::get("/jobs").header("authorization", &bearer).header("x-api-key", "no");
    assert!(ask(&app, both.body(String::new()).unwrap()).await.starts_with("401 "));
}

#[tokio::test]
async fn a_bearer_key_has_the_challenges_of_bearer_tokens() {
    let app = app(keys().bearer());
    let challenge = async |header, value: &str| {
        let answer = with(&app, header, value).await;
        let line = answer.lines().find(|line| line.starts_with("www-authenticate"));
        line.unwrap_or_default().to_owned()
    };
    assert_eq!(challenge("x-other", "").await, "www-authenticate: Bearer");
    let invalid = "www-authenticate: Bearer error=\"invalid_token\"";
    assert_eq!(challenge("authorization", "Bearer no").await, invalid);
    let scope = "www-authenticate: Bearer error=\"insufficient_scope\", scope=\"jobs:read\"";
    assert_eq!(challenge("authorization", &format!("Bearer {BILLING}")).await, scope);
    assert_eq!(challenge("x-api-key", BILLING).await, scope);
}

/// Builds an application that asks these schemes in this order.
fn ordered(one: impl AuthenticationScheme, other: impl AuthenticationScheme) -> Application {
    let host = Host::empty().endpoint::<Jobs>().authentication(one).authentication(other);
    host.build().unwrap()
}

#[tokio::test]
async fn tokens_and_keys_share_the_bearer_header_in_any_order() {
    fn jwt() -> Jwt {
        Jwt::new(JwtKey::secret([7; 32])).accept_any_issuer().accept_any_audience()
    }
    let ann = Identity::user("ann").with_scope("jobs:read");
    let token = JwtIssuer::secret([7; 32]).issue(&ann).unwrap();
    let forged = JwtIssuer::secret([8; 32]).issue(&ann).unwrap();
    for app in [ordered(jwt(), keys().bearer()), ordered(keys().bearer(), jwt())] {
        let with =
            async |value: &str| with(&app, "authorization", &format!("Bearer {value}")).await;
        assert!(with(&token).await.ends_with("\nSome(\"ann\") by Some(\"jwt\")"));
        assert!(with(PRINTER).await.ends_with("\nSome(\"printer\") by Some(\"api-key\")"));
        let refused = with(&forged).await;
        assert_eq!(refused.matches("www-authenticate").count(), 1, "{refused}");
        assert!(refused.contains("Bearer error=\"invalid_token\"\n"), "{refused}");
    }
}
