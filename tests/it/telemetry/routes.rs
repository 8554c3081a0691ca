//! The route listing.

use hyperpoint::Identity;
use hyperpoint::prelude::*;
use hyperpoint::schemes::ApiKeys;
use insta::assert_snapshot;

use crate::http::endpoint;

#[derive(Deserialize, JsonSchema)]
struct ById {
    id: u32,
}

const DECLARED_AT: u32 = line!() + 1;
endpoint! {
    Orders: () => ();
    |config| {
        config.get("/orders");
        config.post("/orders");
        config.allow_anonymous_verbs([http::Method::GET]);
    }
    |(), cx| { cx.send.no_content_async().await }
}

endpoint! {
    Ship: ById => ();
    |config| {
        config.put("/orders/{id}/shipped");
        config.roles(["clerk", "admin"]);
        config.scopes_all(["read", "write"]);
        config.policy("works today", |_, _| true);
    }
    |ById { id }, cx| {
        let _ = id;
        cx.send.no_content_async().await
    }
}

/// Returns the listing, with each line number of a file as `L`.
fn without_lines(listing: &str) -> String {
    let place = |line: &str| line.rsplit_once(':').map(|(file, _)| format!("{file}:L\n"));
    listing.lines().filter_map(place).collect()
}

#[test]
fn each_route_is_listed_with_its_requirements_and_its_source() {
    let host = Host::empty().endpoint::<Orders>().endpoint::<Ship>();
    let keys = ApiKeys::new().key("key-0123456789abcdef", Identity::user("ann"));
    let app = host.authentication(keys).health(|checks| checks).build().unwrap();
    let listing = app.route_listing();
    assert!(
        listing.contains(&format!("tests/it/telemetry/routes.rs:{DECLARED_AT}\n")),
        "{listing}"
    );
    assert_snapshot!(without_lines(&listing), @"
    GET   /health/live          everybody                                                                  data  hyperpoint_host::health::live::Live    crates/hyperpoint-host/src/health/live.rs:L
    GET   /health/ready         everybody                                                                  data  hyperpoint_host::health::ready::Ready  crates/hyperpoint-host/src/health/ready.rs:L
    GET   /orders               everybody                                                                  data  it::telemetry::routes::Orders          tests/it/telemetry/routes.rs:L
    POST  /orders               any user                                                                   data  it::telemetry::routes::Orders          tests/it/telemetry/routes.rs:L
    PUT   /orders/{id}/shipped  roles clerk or admin; all of scopes read, write; the policy `works today`  data  it::telemetry::routes::Ship            tests/it/telemetry/routes.rs:L
    ");
}

endpoint! {
    ByKey: () => ();
    |config| {
        config.get("/keys");
        config.schemes(["api-key"]);
        config.roles(["clerk"]);
    }
    |(), cx| { cx.send.no_content_async().await }
}

#[test]
fn a_route_is_listed_with_the_schemes_it_names() {
    let keys = ApiKeys::new().key("key-0123456789abcdef", Identity::user("ann"));
    let app = Host::empty().endpoint::<ByKey>().authentication(keys).build().unwrap();
    let listing = app.route_listing();
    assert!(listing.contains("  roles clerk; users by api-key  "), "{listing}");
}
