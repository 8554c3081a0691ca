//! Contradictory access settings, and settings that need something the host does not have.

use http::{HeaderValue, Method, request};
use hyperpoint::prelude::*;
use hyperpoint::{AuthenticationScheme, Identity, async_trait};
use insta::assert_debug_snapshot;

use super::routed::errors_of;
use crate::http::endpoint;

/// A scheme that authenticates no request.
struct Nobody;

#[async_trait]
impl AuthenticationScheme for Nobody {
    fn challenge(&self, _: &request::Parts) -> HeaderValue {
        HeaderValue::from_static("Nobody")
    }

    fn config_errors(&self) -> Vec<String> {
        vec!["knows nobody; give it a list".to_owned()]
    }

    async fn authenticate(&self, _: &request::Parts) -> Result<Option<Identity>> {
        Ok(None)
    }
}

endpoint! {
    OpenAndNot: () => ();
    |config| {
        config.get("/a");
        config.allow_anonymous();
        config.allow_anonymous_verbs([Method::GET]);
        config.permissions(["see"]);
        config.claim("tier", ["gold"]);
        config.policy("adults", |_, _| true);
        config.schemes(["Nobody"]);
        config.authenticated();
    }
    |(), cx| { cx.send.ok_async(()).await }
}

endpoint! {
    OpenByEach: () => ();
    |config| {
        config.get("/b");
        config.post("/b");
        config.allow_anonymous_verbs([Method::GET, Method::POST, Method::DELETE]);
        config.scopes_all(["read"]);
    }
    |(), cx| { cx.send.ok_async(()).await }
}

endpoint! {
    AsksInVain: () => ();
    |config| {
        config.get("/c");
        config.schemes(["jwt", "Nobody"]);
        config.roles([]);
        config.claim("tier", []);
        config.allow_query_token("");
        config.allow_anonymous_verbs([]);
    }
    |(), cx| { cx.send.ok_async(()).await }
}

#[test]
fn contradictory_access_settings_are_reported() {
    let host = Host::empty().endpoint::<OpenAndNot>().endpoint::<OpenByEach>();
    let host = host.endpoint::<AsksInVain>().authentication(Nobody).authentication(Nobody);
    assert_debug_snapshot!(errors_of(host), @"
    the host can't start: 12 configuration errors
      - the scheme `Nobody`: knows nobody; give it a list
      - the scheme `Nobody`: knows nobody; give it a list
      - two schemes are named `Nobody`; give one of them another name
      - `it::startup::access::OpenAndNot` (tests/it/startup/access.rs:29): allows anonymous users, but also requires authentication, permissions, the claim `tier`, the policy `adults`, authentication schemes; remove one of the two
      - `it::startup::access::OpenAndNot` (tests/it/startup/access.rs:29): calls both `allow_anonymous` and `allow_anonymous_verbs`; remove one of them
      - `it::startup::access::OpenByEach` (tests/it/startup/access.rs:44): allows anonymous users for DELETE, but has no route with this verb; list only the verbs of the routes
      - `it::startup::access::OpenByEach` (tests/it/startup/access.rs:44): allows anonymous users for every verb, but also requires scopes; remove one of the two
      - `it::startup::access::AsksInVain` (tests/it/startup/access.rs:55): requires roles, but the list of values is empty; add a value
      - `it::startup::access::AsksInVain` (tests/it/startup/access.rs:55): requires the claim `tier`, but the list of values is empty; add a value
      - `it::startup::access::AsksInVain` (tests/it/startup/access.rs:55): the list of `allow_anonymous_verbs` is empty; add a verb, or require a user with `authenticated()`
      - `it::startup::access::AsksInVain` (tests/it/startup/access.rs:55): the name of `allow_query_token` is empty; write the name of a query parameter, such as `access_token`
      - `it::startup::access::AsksInVain` (tests/it/startup/access.rs:55): requires the scheme `jwt`, which is not registered; the host has: `Nobody`, `Nobody`
    ");
}

#[test]
fn a_token_in_the_query_needs_a_scheme_that_reads_it() {
    endpoint! {
        Open: () => ();
        |config| {
            config.get("/");
            config.allow_anonymous();
            config.allow_query_token("t");
        }
        |(), cx| { cx.send.ok_async(()).await }
    }
    assert_debug_snapshot!(errors_of(Host::empty().endpoint::<Open>()), @"
    the host can't start: 1 configuration error
      - `it::startup::access::a_token_in_the_query_needs_a_scheme_that_reads_it::Open` (tests/it/startup/access.rs:91): allows a token in the query, but the host has no scheme to read it; register one, or remove `allow_query_token`
    ");
}

#[test]
fn schemes_beside_allow_anonymous_are_an_error_on_each_level() {
    struct Open;

    impl Group for Open {
        fn configure(group: &mut GroupConfig) {
            group.allow_anonymous();
            group.schemes(["Nobody"]);
        }
    }

    endpoint! {
        InOpen: () => ();
        |config| {
            config.group::<Open>();
            config.get("/d");
            config.schemes([]);
        }
        |(), cx| { cx.send.ok_async(()).await }
    }
    let host = Host::empty().endpoint::<InOpen>().defaults(|all| {
        all.allow_anonymous();
        all.schemes(["Nobody"]);
    });
    assert_debug_snapshot!(errors_of(host.authentication(Nobody)), @"
    the host can't start: 4 configuration errors
      - the host's `defaults`: allows anonymous users, but also requires authentication schemes; remove one of the two
      - the scheme `Nobody`: knows nobody; give it a list
      - `it::startup::access::schemes_beside_allow_anonymous_are_an_error_on_each_level::InOpen` (tests/it/startup/access.rs:117): the list of authentication schemes is empty; add a scheme
      - `it::startup::access::schemes_beside_allow_anonymous_are_an_error_on_each_level::Open` (tests/it/startup/access.rs:120): allows anonymous users, but also requires authentication schemes; remove one of the two
    ");
}
