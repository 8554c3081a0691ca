//! API keys: programs as users.

use http::{HeaderName, Request};
use hyperpoint::prelude::*;
use hyperpoint::schemes::ApiKeys;
use hyperpoint::{Application, Identity};
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

    {"type":"about:blank","title":"Unauthorized","status":401,"detail":"sign in first","instance":"/jobs","traceId":"T"}
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
    the host can't start: 1 mistake
      - the scheme `api-key`: has no keys; add `.key(…)` or `.look_up(…)`
    ");
    assert_snapshot!(host(ApiKeys::new().key("short", Identity::user("ann"))).unwrap_err(), @"
    the host can't start: 1 mistake
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
