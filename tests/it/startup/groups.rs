//! Configuration errors in groups, in the defaults of a host, and in versions.

use hyperpoint::prelude::*;
use hyperpoint::{Deprecation, RateLimit};
use insta::assert_debug_snapshot;

use super::routed::{errors_of, routed};

/// Writes a group.
macro_rules! group {
    ($name:ident, |$group:ident| $configure:block) => {
        struct $name;

        impl Group for $name {
            fn configure($group: &mut GroupConfig) $configure
        }
    };
}

group!(Egg, |group| {
    group.group::<Hen>();
});
group!(Hen, |group| {
    group.prefix("/hen");
    group.group::<Egg>();
});
group!(Self_, |group| {
    group.group::<Self_>();
});
group!(Slashed, |group| {
    group.prefix("/slashed/");
    group.roles([]);
});
group!(Unslashed, |group| {
    group.prefix("unslashed");
});
group!(Braced, |group| {
    group.prefix("/a{b}");
});
group!(Rest, |group| {
    group.prefix("/{*rest}");
    group.group::<Slashed>();
    group.group::<Unslashed>();
});

routed!(InEgg, |config| {
    config.group::<Egg>();
    config.get("/a");
});
routed!(InHen, |config| {
    config.group::<Hen>();
    config.get("/b");
});
routed!(InItself, |config| {
    config.group::<Self_>();
    config.get("/c");
});
routed!(InSlashed, |config| {
    config.group::<Slashed>();
    config.get("/d");
});
routed!(InUnslashed, |config| {
    config.group::<Unslashed>();
    config.get("/e");
});
routed!(InBraced, |config| {
    config.group::<Braced>();
    config.get("/f");
});
routed!(InRest, |config| {
    config.group::<Rest>();
    config.get("/g");
});
routed!(InTwo, |config| {
    config.group::<Braced>();
    config.group::<Hen>();
    config.get("/h");
});
routed!(OfTwoVersions, |config| {
    config.get("/i");
    config.version(1);
    config.version(2);
});
routed!(OfVersionZero, |config| {
    config.get("/j");
    config.version(0);
    config.unversioned();
});
routed!(OfTwoPlaces, |config| {
    config.get("/v{}/r{}");
    config.version(1);
});
routed!(One, |config| {
    config.get("/users");
    config.version(1);
});
routed!(AlsoOne, |config| {
    config.get("/users");
    config.version(1);
});

#[test]
fn each_invalid_group_is_reported_once() {
    let host = Host::empty().endpoint::<InEgg>().endpoint::<InHen>().endpoint::<InItself>();
    let host = host.endpoint::<InSlashed>().endpoint::<InUnslashed>().endpoint::<InBraced>();
    assert_debug_snapshot!(errors_of(host.endpoint::<InRest>().endpoint::<InTwo>()), @"
    the host can't start: 9 configuration errors
      - `it::startup::groups::Egg` in `it::startup::groups::Hen` in `it::startup::groups::Egg` (tests/it/startup/groups.rs:21): a group can't contain itself; remove one parent
      - `it::startup::groups::Self_` in `it::startup::groups::Self_` (tests/it/startup/groups.rs:28): a group can't contain itself; remove one parent
      - `it::startup::groups::Slashed` (tests/it/startup/groups.rs:31): requires roles, but the list of values is empty; add a value
      - `it::startup::groups::Slashed` (tests/it/startup/groups.rs:31): has the prefix `/slashed/`, which ends with a slash; remove the slash
      - `it::startup::groups::Unslashed` (tests/it/startup/groups.rs:35): has an invalid prefix: route `unslashed` does not start with a slash; write `/` first
      - `it::startup::groups::Braced` (tests/it/startup/groups.rs:38): has an invalid prefix: route `/a{b}` has a brace within a segment; a parameter is a whole segment, `{name}`
      - `it::startup::groups::Rest` (tests/it/startup/groups.rs:41): has the prefix `/{*rest}`, whose `{*…}` matches the rest of every path; remove `{*…}`
      - `it::startup::groups::Rest` (tests/it/startup/groups.rs:41): is in the groups `it::startup::groups::Slashed` and `it::startup::groups::Unslashed`; keep one, and to nest the groups, call `group::<…>()` in the inner group
      - `it::startup::groups::InTwo` (tests/it/startup/groups.rs:74): is in the groups `it::startup::groups::Braced` and `it::startup::groups::Hen`; keep one, and to nest the groups, call `group::<…>()` in the inner group
    ");
}

#[test]
fn invalid_defaults_are_reported() {
    let host = Host::empty().endpoint::<One>().defaults(|all| {
        all.prefix("api");
        all.group::<Braced>();
        all.allow_anonymous();
        all.authenticated();
    });
    assert_debug_snapshot!(errors_of(host), @"
    the host can't start: 3 configuration errors
      - the host's `defaults`: allows anonymous users, but also requires authentication; remove one of the two
      - the host's `defaults`: has an invalid prefix: route `api` does not start with a slash; write `/` first
      - the host's `defaults`: cannot be in a group, because they contain every group; remove `group::<…>()`
    ");
}

#[test]
fn invalid_versions_are_reported() {
    let host = Host::empty().endpoint::<OfTwoVersions>().endpoint::<OfVersionZero>();
    let host = host.endpoint::<OfTwoPlaces>().endpoint::<One>().endpoint::<AlsoOne>();
    assert_debug_snapshot!(errors_of(host), @"
    the host can't start: 5 configuration errors
      - `it::startup::groups::OfTwoVersions` (tests/it/startup/groups.rs:79): has the versions 1 and 2; keep one, and write an endpoint for each version
      - `it::startup::groups::OfVersionZero` (tests/it/startup/groups.rs:84): has the version 0; count versions from 1
      - `it::startup::groups::OfVersionZero` (tests/it/startup/groups.rs:84): has a version and is unversioned; keep one of the two
      - `it::startup::groups::OfTwoPlaces` (tests/it/startup/groups.rs:89): `/v{}/r{}` has more than one version placeholder `{}`; keep one
      - `it::startup::groups::AlsoOne` (tests/it/startup/groups.rs:97): `GET /v1/users` is taken by `it::startup::groups::One` (tests/it/startup/groups.rs:93); change one of the two routes
    ");
}

group!(Limited, |group| {
    group.prefix("/limited");
    group.rate_limit(RateLimit::per_second(0));
    group.streams_per_user(0);
});
routed!(InLimited, |config| {
    config.get("/");
    config.group::<Limited>();
    config.rate_limit(RateLimit::per(1, std::time::Duration::ZERO).by_header("no header"));
    config.rate_limit(RateLimit::per_hour(1).burst(0));
    config.deprecated(Deprecation::since("soon").see("no uri"));
});
routed!(Backwards, |config| {
    config.get("/backwards");
    config.deprecated(Deprecation::since("2026-03-01").sunset("2026-02-01"));
});

#[test]
fn invalid_limits_and_dates_are_reported() {
    let host = Host::empty().endpoint::<InLimited>().endpoint::<Backwards>();
    assert_debug_snapshot!(errors_of(host), @"
    the host can't start: 8 configuration errors
      - `it::startup::groups::InLimited` (tests/it/startup/groups.rs:155): has a rate limit with a period of zero; set a period
      - `it::startup::groups::InLimited` (tests/it/startup/groups.rs:155): has a rate limit by `no header`, which is not a header name; write one such as `x-api-key`
      - `it::startup::groups::InLimited` (tests/it/startup/groups.rs:155): has a rate limit of 0, which refuses every request; remove it
      - `it::startup::groups::InLimited` (tests/it/startup/groups.rs:155): has the deprecation date `soon`, which is not a date; write a date such as `2026-12-31`
      - `it::startup::groups::InLimited` (tests/it/startup/groups.rs:155): has the deprecation link `no uri`, which is not a URI; write a URI such as `https://example.com/deprecated`
      - `it::startup::groups::Limited` (tests/it/startup/groups.rs:151): has a rate limit of 0, which refuses every request; remove it
      - `it::startup::groups::Limited` (tests/it/startup/groups.rs:151): has a limit of 0 streams, which refuses every stream; remove it
      - `it::startup::groups::Backwards` (tests/it/startup/groups.rs:162): has a sunset date before its deprecation date; change one of the dates
    ");
}

group!(Bare, |group| {
    group.streams_per_user(0);
});
routed!(InBare, |config| {
    config.get("/bare");
    config.group::<Bare>();
});
routed!(AlsoInBare, |config| {
    config.get("/also-bare");
    config.group::<Bare>();
});

#[test]
fn an_error_of_a_group_without_a_prefix_is_reported_once() {
    let host = Host::empty().endpoint::<InBare>().endpoint::<AlsoInBare>();
    assert_debug_snapshot!(errors_of(host), @"
    the host can't start: 1 configuration error
      - `it::startup::groups::Bare` (tests/it/startup/groups.rs:188): has a limit of 0 streams, which refuses every stream; remove it
    ");
}
