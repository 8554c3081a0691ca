//! Missing services and schemes, and contradictory access settings.

use hyperpoint::prelude::*;
use insta::assert_debug_snapshot;

use super::routed::{errors_of, routed};

struct Clock;
trait Store: Send + Sync {}
struct Memory;
impl Store for Memory {}

#[derive(Endpoint)]
#[endpoint(by_hand)]
#[expect(dead_code, reason = "the services are only requested")]
struct Needy {
    clock: Arc<Clock>,
    store: Arc<dyn Store>,
}

impl Endpoint for Needy {
    type Request = ();
    type Response = ();

    fn configure(config: &mut Config) {
        config.get("/needy");
        config.allow_anonymous();
    }

    async fn handle(&self, (): (), cx: Cx<'_, Self>) -> Result {
        cx.send.no_content_async().await
    }
}

#[derive(Endpoint)]
#[endpoint(by_hand)]
struct Protected;

impl Endpoint for Protected {
    type Request = ();
    type Response = ();

    fn configure(config: &mut Config) {
        config.get("/needy");
    }

    async fn handle(&self, (): (), cx: Cx<'_, Self>) -> Result {
        cx.send.no_content_async().await
    }
}

#[derive(Endpoint)]
#[endpoint(by_hand)]
struct Undecided;

impl Endpoint for Undecided {
    type Request = ();
    type Response = ();

    fn configure(config: &mut Config) {
        config.get("/undecided");
        config.allow_anonymous();
        config.roles(["admin"]);
    }

    async fn handle(&self, (): (), cx: Cx<'_, Self>) -> Result {
        cx.send.no_content_async().await
    }
}

#[test]
fn every_missing_service_is_reported() {
    assert_debug_snapshot!(errors_of(Host::empty().endpoint::<Needy>()), @"
    the host can't start: 2 configuration errors
      - `it::startup::needs::Needy` (tests/it/startup/needs.rs:13): missing service `alloc::sync::Arc<it::startup::needs::Clock>` for field `clock`; register one with `Host::service`
      - `it::startup::needs::Needy` (tests/it/startup/needs.rs:13): missing service `alloc::sync::Arc<dyn it::startup::needs::Store>` for field `store`; register one with `Host::service`
    ");
    let one = Host::empty().endpoint::<Needy>().service(Arc::new(Clock));
    assert_eq!(errors_of(one).config_errors().len(), 1);
    let both = Host::empty().endpoint::<Needy>().service(Arc::new(Clock));
    let both = both.service::<dyn Store>(Arc::new(Memory));
    both.build().unwrap();
}

#[test]
fn a_protected_endpoint_needs_a_scheme() {
    assert_debug_snapshot!(errors_of(Host::empty().endpoint::<Protected>()), @"
    the host can't start: 1 configuration error
      - `it::startup::needs::Protected` (tests/it/startup/needs.rs:35): needs an authenticated user, and no scheme is registered: add `.authentication(…)` to the host, or `config.allow_anonymous()` to the endpoint
    ");
}

#[test]
fn anonymous_users_have_no_roles() {
    assert_debug_snapshot!(errors_of(Host::empty().endpoint::<Undecided>()), @"
    the host can't start: 1 configuration error
      - `it::startup::needs::Undecided` (tests/it/startup/needs.rs:52): allows anonymous users, but also requires roles; remove one of the two
    ");
}

#[test]
fn all_errors_are_reported_at_once() {
    let host = Host::empty().endpoint::<Undecided>().endpoint::<Protected>();
    assert_debug_snapshot!(errors_of(host.endpoint::<Needy>()), @"
    the host can't start: 5 configuration errors
      - `it::startup::needs::Needy` (tests/it/startup/needs.rs:13): missing service `alloc::sync::Arc<it::startup::needs::Clock>` for field `clock`; register one with `Host::service`
      - `it::startup::needs::Needy` (tests/it/startup/needs.rs:13): missing service `alloc::sync::Arc<dyn it::startup::needs::Store>` for field `store`; register one with `Host::service`
      - `it::startup::needs::Protected` (tests/it/startup/needs.rs:35): needs an authenticated user, and no scheme is registered: add `.authentication(…)` to the host, or `config.allow_anonymous()` to the endpoint
      - `it::startup::needs::Undecided` (tests/it/startup/needs.rs:52): allows anonymous users, but also requires roles; remove one of the two
      - `it::startup::needs::Protected` (tests/it/startup/needs.rs:35): `GET /needy` is taken by `it::startup::needs::Needy` (tests/it/startup/needs.rs:13); change one of the two routes
    ");
}

#[test]
fn cors_rules_that_no_browser_can_follow_are_reported() {
    let host = Host::empty().endpoint::<Crossed>();
    let host = host.cors(|cors| cors.allow_origins(["a.example"]));
    let report = errors_of(host).to_string();
    assert!(report.contains("2 configuration errors"), "{report}");
    assert!(report.contains("the host's `cors`: `a.example` is not an origin"), "{report}");
    assert!(report.contains("`https://a.example/` is not an origin"), "{report}");
}

routed!(Crossed, |config| {
    config.get("/crossed");
    config.cors(|cors| cors.allow_origins(["https://a.example/"]));
});
