//! Configuration errors in routes.

use http::Method;
use hyperpoint::prelude::*;
use insta::assert_debug_snapshot;

use super::routed::{errors_of, routed};

#[derive(Deserialize, JsonSchema)]
#[expect(dead_code, reason = "only the schema is used")]
struct ById {
    id: u32,
    name: Option<String>,
}

routed!(Nowhere, |_config| ());
routed!(OnlyVerbs, |config| config.verbs([Method::GET]));
routed!(OnlyRoutes, |config| config.routes(["/only"]));
routed!(Invalid, |config| {
    config.verbs([Method::GET, Method::POST]);
    config.routes(["users", "/{*all}/x", "/a{b}", "/:id", "/{a}/{a}", "/{}", "/a?b=c"]);
});
routed!(ReadA: ById, |config| config.get("/a/{id}"));
routed!(WriteA: serde_json::Value, |config| config.put("/a/{key}"));
routed!(DeeperA: serde_json::Value, |config| config.get("/a/{other}/x"));
routed!(RestOfA: serde_json::Value, |config| config.get("/a/{*rest}"));
routed!(One, |config| config.get("/one"));
routed!(OtherOne, |config| {
    config.get("/one");
    config.post("/one");
});
routed!(Twice, |config| {
    config.get("/twice");
    config.get("/twice");
});
routed!(Lost: ById, |config| {
    config.verbs([Method::GET, Method::PUT]);
    config.routes(["/lost/{user}/{order}", "/lost/{user}/{order}/x"]);
});
routed!(Cafe, |config| config.get("/café"));
routed!(EncodedCafe, |config| config.get("/caf%C3%A9"));

#[test]
fn an_endpoint_without_a_route_is_reported() {
    let host = Host::empty().endpoint::<Nowhere>();
    let host = host.endpoint::<OnlyVerbs>().endpoint::<OnlyRoutes>();
    assert_debug_snapshot!(errors_of(host), @r#"
    the host can't start: 3 configuration errors
      - `it::startup::routes::Nowhere` (tests/it/startup/routes.rs:16): has no route; add one to `configure`, such as `config.get("/…")`
      - `it::startup::routes::OnlyVerbs` (tests/it/startup/routes.rs:17): has verbs but no route; add `config.routes([…])`
      - `it::startup::routes::OnlyRoutes` (tests/it/startup/routes.rs:18): has routes but no verb; add `config.verbs([…])`
    "#);
}

#[test]
fn every_invalid_template_is_reported_once_with_what_to_write() {
    assert_debug_snapshot!(errors_of(Host::empty().endpoint::<Invalid>()), @"
    the host can't start: 7 configuration errors
      - `it::startup::routes::Invalid` (tests/it/startup/routes.rs:19): route `users` does not start with a slash; write `/` first
      - `it::startup::routes::Invalid` (tests/it/startup/routes.rs:19): route `/{*all}/x` has `{*…}` before its end; move it to the end
      - `it::startup::routes::Invalid` (tests/it/startup/routes.rs:19): route `/a{b}` has a brace within a segment; a parameter is a whole segment, `{name}`
      - `it::startup::routes::Invalid` (tests/it/startup/routes.rs:19): route `/:id` has a segment that begins with a colon; write a parameter as `{name}`
      - `it::startup::routes::Invalid` (tests/it/startup/routes.rs:19): route `/{a}/{a}` has two parameters with the same name; rename one
      - `it::startup::routes::Invalid` (tests/it/startup/routes.rs:19): route `/{}` has an invalid parameter name; use only ASCII letters, digits and `_`
      - `it::startup::routes::Invalid` (tests/it/startup/routes.rs:19): route `/a?b=c` has a `?` or `#`; write only the path, and declare query values as request fields
    ");
}

#[test]
fn parameters_with_different_names_at_one_position_conflict() {
    let host = Host::empty().endpoint::<ReadA>().endpoint::<WriteA>();
    assert_debug_snapshot!(errors_of(host), @"
    the host can't start: 1 configuration error
      - `it::startup::routes::WriteA` (tests/it/startup/routes.rs:24): route `/a/{key}` conflicts with `/a/{id}` of `it::startup::routes::ReadA` (tests/it/startup/routes.rs:23); give the parameters at the same position the same name
    ");
}

#[test]
fn a_position_has_one_parameter_name_whatever_follows_it() {
    let host = Host::empty().endpoint::<ReadA>().endpoint::<DeeperA>();
    assert_debug_snapshot!(errors_of(host), @"
    the host can't start: 1 configuration error
      - `it::startup::routes::DeeperA` (tests/it/startup/routes.rs:25): route `/a/{other}/x` conflicts with `/a/{id}` of `it::startup::routes::ReadA` (tests/it/startup/routes.rs:23); give the parameters at the same position the same name
    ");
}

#[test]
fn the_rest_of_a_path_conflicts_with_a_parameter_at_its_position() {
    let host = Host::empty().endpoint::<ReadA>().endpoint::<RestOfA>();
    assert_debug_snapshot!(errors_of(host), @"
    the host can't start: 1 configuration error
      - `it::startup::routes::ReadA` (tests/it/startup/routes.rs:23): route `/a/{id}` conflicts with `/a/{*rest}` of `it::startup::routes::RestOfA` (tests/it/startup/routes.rs:26); `{*…}` matches every path at this position that is not a literal; move one of the routes
    ");
}

#[test]
fn one_method_of_one_path_belongs_to_one_endpoint() {
    let host = Host::empty().endpoint::<OtherOne>().endpoint::<One>();
    assert_debug_snapshot!(errors_of(host.endpoint::<Twice>()), @"
    the host can't start: 2 configuration errors
      - `it::startup::routes::OtherOne` (tests/it/startup/routes.rs:28): `GET /one` is taken by `it::startup::routes::One` (tests/it/startup/routes.rs:27); change one of the two routes
      - `it::startup::routes::Twice` (tests/it/startup/routes.rs:32): `GET /twice` is registered twice; keep one
    ");
}

#[test]
fn one_path_in_two_spellings_is_one_path() {
    let host = Host::empty().endpoint::<Cafe>().endpoint::<EncodedCafe>();
    assert_debug_snapshot!(errors_of(host), @"
    the host can't start: 1 configuration error
      - `it::startup::routes::Cafe` (tests/it/startup/routes.rs:40): route `/café` conflicts with `/caf%C3%A9` of `it::startup::routes::EncodedCafe` (tests/it/startup/routes.rs:41); keep one of them
    ");
}

#[test]
fn a_route_parameter_needs_a_field() {
    assert_debug_snapshot!(errors_of(Host::empty().endpoint::<Lost>()), @"
    the host can't start: 2 configuration errors
      - `it::startup::routes::Lost` (tests/it/startup/routes.rs:36): the route parameter `{user}` has no field in the request type; add a field `user`, or rename a field to `user`
      - `it::startup::routes::Lost` (tests/it/startup/routes.rs:36): the route parameter `{order}` has no field in the request type; add a field `order`, or rename a field to `order`
    ");
}
