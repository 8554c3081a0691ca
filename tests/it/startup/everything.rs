//! Every kind of configuration error in one application, and the one message that reports them.

use http::Method;
use hyperpoint::prelude::*;
use hyperpoint::{
    BodyStream, Deprecation, FromServices, PreCx, PreProcessor, RateLimit, Raw, async_trait,
};
use insta::assert_debug_snapshot;

use super::routed::{errors_of, routed};

struct Store;

/// Needs a service that is not registered.
#[derive(FromServices)]
struct Needy {
    store: Arc<Store>,
}

#[async_trait]
impl PreProcessor for Needy {
    async fn before(&self, _: PreCx<'_>) -> Result<Option<Sent>> {
        let Store = *self.store;
        Ok(None)
    }
}

struct Chicken;

impl Group for Chicken {
    fn configure(group: &mut GroupConfig) {
        group.prefix("chicken");
        group.group::<Egg>();
        group.before::<Needy>();
    }
}

struct Egg;

impl Group for Egg {
    fn configure(group: &mut GroupConfig) {
        group.group::<Chicken>();
        group.rate_limit(RateLimit::per_second(0));
    }
}

#[derive(Deserialize, JsonSchema)]
#[expect(dead_code, reason = "only the schema is used")]
struct ById {
    id: u32,
}

#[derive(Deserialize, JsonSchema)]
#[expect(dead_code, reason = "only the schema is used")]
struct OfUser {
    sub: from::Claim<String>,
    order: from::Body<Vec<u32>>,
}

routed!(Nowhere, |_config| ());
routed!(OnlyVerbs, |config| config.verbs([Method::GET]));
routed!(Misspelt: ById, |config| config.get("/misspelt/{id"));
routed!(Lost: ById, |config| config.get("/lost/{key}"));
routed!(ReadUser: ById, |config| config.get("/users/{id}"));
routed!(WriteUser: serde_json::Value, |config| config.put("/users/{key}"));
routed!(One, |config| config.get("/one"));
routed!(OtherOne, |config| config.get("/one"));
routed!(Undecided, |config| {
    config.get("/undecided");
    config.roles(["admin"]);
});
routed!(LinksToNobody, |config| {
    config.get("/links");
    config.links_to::<Absent>();
});
routed!(Absent, |config| config.get("/absent"));
routed!(InEgg, |config| {
    config.group::<Egg>();
    config.get("/in");
});
routed!(OfTwoVersions, |config| {
    config.get("/versions");
    config.version(1);
    config.version(2);
    config.deprecated(Deprecation::since("soon"));
});
routed!(Crossed, |config| {
    config.get("/crossed");
    config.cors(|cors| cors.allow_origins(["a.example"]));
});

routed!(OrdersOfUser: OfUser, |config| config.get("/orders"));

#[derive(Endpoint)]
#[endpoint(by_hand)]
struct KeepsBody;

impl Endpoint for KeepsBody {
    type Request = Raw<BodyStream>;
    type Response = Events<u32>;

    fn configure(config: &mut Config) {
        config.post("/kept");
        config.allow_anonymous();
    }

    async fn handle(&self, _: Self::Request, cx: Cx<'_, Self>) -> Result {
        cx.send.event_stream_async("number", stream! { yield 1 }).await
    }
}

#[derive(Endpoint)]
#[endpoint(by_hand)]
struct Protected {
    store: Arc<Store>,
}

impl Endpoint for Protected {
    type Request = ();
    type Response = ();

    fn configure(config: &mut Config) {
        config.get("/protected");
        config.schemes(["jwt"]);
    }

    async fn handle(&self, (): (), cx: Cx<'_, Self>) -> Result {
        let Store = *self.store;
        cx.send.no_content_async().await
    }
}

#[test]
fn every_configuration_error_is_reported_in_one_message() {
    let host = Host::empty().endpoint::<Nowhere>().endpoint::<OnlyVerbs>();
    let host = host.endpoint::<Misspelt>().endpoint::<Lost>().endpoint::<ReadUser>();
    let host = host.endpoint::<WriteUser>().endpoint::<One>().endpoint::<OtherOne>();
    let host = host.endpoint::<Undecided>().endpoint::<LinksToNobody>().endpoint::<InEgg>();
    let host = host.endpoint::<OfTwoVersions>().endpoint::<Crossed>().endpoint::<Protected>();
    let host = host.endpoint::<OrdersOfUser>().endpoint::<KeepsBody>();
    let host = host.defaults(|all| all.prefix("/api/")).cors(|cors| cors.allow_origins([""]));
    assert_debug_snapshot!(errors_of(host), @r#"
    the host can't start: 23 configuration errors
      - the host's `cors`: `` is not an origin; write the scheme and the host, and the port unless it is the default, such as `https://app.example`
      - the host's `defaults`: has the prefix `/api/`, which ends with a slash; remove the slash
      - `it::startup::everything::Nowhere` (tests/it/startup/everything.rs:60): has no route; add one to `configure`, such as `config.get("/…")`
      - `it::startup::everything::OnlyVerbs` (tests/it/startup/everything.rs:61): has verbs but no route; add `config.routes([…])`
      - `it::startup::everything::Misspelt` (tests/it/startup/everything.rs:62): route `/misspelt/{id` has a brace within a segment; a parameter is a whole segment, `{name}`
      - `it::startup::everything::Lost` (tests/it/startup/everything.rs:63): the route parameter `{key}` has no field in the request type; add a field `key`, or rename a field to `key`
      - `it::startup::everything::Undecided` (tests/it/startup/everything.rs:68): allows anonymous users, but also requires roles; remove one of the two
      - `it::startup::everything::Egg` (tests/it/startup/everything.rs:78): has a rate limit of 0, which refuses every request; remove it
      - `it::startup::everything::Chicken` (tests/it/startup/everything.rs:32): has an invalid prefix: route `chicken` does not start with a slash; write `/` first
      - `it::startup::everything::Chicken` in `it::startup::everything::Egg` in `it::startup::everything::Chicken` (tests/it/startup/everything.rs:33): a group can't contain itself; remove one parent
      - `it::startup::everything::OfTwoVersions` (tests/it/startup/everything.rs:81): has the versions 1 and 2; keep one, and write an endpoint for each version
      - `it::startup::everything::OfTwoVersions` (tests/it/startup/everything.rs:81): has the deprecation date `soon`, which is not a date; write a date such as `2026-12-31`
      - `it::startup::everything::Crossed` (tests/it/startup/everything.rs:87): `a.example` is not an origin; write the scheme and the host, and the port unless it is the default, such as `https://app.example`
      - `it::startup::everything::OrdersOfUser` (tests/it/startup/everything.rs:92): field `order` comes from the body, but GET has no body; use `from::Query`, or another method
      - `it::startup::everything::OrdersOfUser` (tests/it/startup/everything.rs:92): field `sub` comes from a claim, and anonymous users have none; remove `config.allow_anonymous()`, or make it `from::Claim<Option<…>>`
      - `it::startup::everything::KeepsBody` (tests/it/startup/everything.rs:94): responds with an event stream, but its request type leaves the body unread; use a request type that reads it first, such as `Raw<Bytes>`
      - `it::startup::everything::Protected` (tests/it/startup/everything.rs:112): missing service `alloc::sync::Arc<it::startup::everything::Store>` for field `store`; register one with `Host::service`
      - `it::startup::everything::Protected` (tests/it/startup/everything.rs:112): requires the scheme `jwt`, which is not registered; the host has: none
      - `it::startup::everything::Protected` (tests/it/startup/everything.rs:112): needs an authenticated user, and no scheme is registered: add `.authentication(…)` to the host, or `config.allow_anonymous()` to the endpoint
      - `it::startup::everything::Needy` (tests/it/startup/everything.rs:15): missing service `alloc::sync::Arc<it::startup::everything::Store>` for field `store`; register one with `Host::service`
      - `it::startup::everything::LinksToNobody` (tests/it/startup/everything.rs:72): links to `it::startup::everything::Absent`, which is not registered; name its crate in `main.rs`, add it with `.endpoint::<it::startup::everything::Absent>()`, or remove the `links_to`
      - `it::startup::everything::OtherOne` (tests/it/startup/everything.rs:67): `GET /one` is taken by `it::startup::everything::One` (tests/it/startup/everything.rs:66); change one of the two routes
      - `it::startup::everything::WriteUser` (tests/it/startup/everything.rs:65): route `/users/{key}` conflicts with `/users/{id}` of `it::startup::everything::ReadUser` (tests/it/startup/everything.rs:64); give the parameters at the same position the same name
    "#);
}
