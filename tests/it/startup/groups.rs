//! Mistakes in groups, in the defaults of a host, and in versions.

use hyperpoint::prelude::*;
use insta::assert_debug_snapshot;

use super::routed::{mistakes, routed};

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
fn groups_that_can_not_be_are_told_once_each() {
    let host = Host::empty().endpoint::<InEgg>().endpoint::<InHen>().endpoint::<InItself>();
    let host = host.endpoint::<InSlashed>().endpoint::<InUnslashed>().endpoint::<InBraced>();
    assert_debug_snapshot!(mistakes(host.endpoint::<InRest>().endpoint::<InTwo>()), @"
    the host can't start: 9 mistakes
      - `it::startup::groups::Egg` in `it::startup::groups::Hen` in `it::startup::groups::Egg` (tests/it/startup/groups.rs:20): a group can't be within itself; take one parent out
      - `it::startup::groups::Self_` in `it::startup::groups::Self_` (tests/it/startup/groups.rs:27): a group can't be within itself; take one parent out
      - `it::startup::groups::Slashed` (tests/it/startup/groups.rs:30): asks for roles and names none; name one
      - `it::startup::groups::Slashed` (tests/it/startup/groups.rs:30): has the prefix `/slashed/`; write it without the slash at its end
      - `it::startup::groups::Unslashed` (tests/it/startup/groups.rs:34): has a prefix that can't be before a route: route `unslashed` does not start with a slash; write `/` first
      - `it::startup::groups::Braced` (tests/it/startup/groups.rs:37): has a prefix that can't be before a route: route `/a{b}` has a brace within a segment; a parameter is a whole segment, `{name}`
      - `it::startup::groups::Rest` (tests/it/startup/groups.rs:40): has the prefix `/{*rest}`, whose `{*…}` leaves nothing for a route; take it out
      - `it::startup::groups::Rest` (tests/it/startup/groups.rs:40): is in the groups `it::startup::groups::Slashed` and `it::startup::groups::Unslashed`; name one, and let it name its parent
      - `it::startup::groups::InTwo` (tests/it/startup/groups.rs:73): is in the groups `it::startup::groups::Braced` and `it::startup::groups::Hen`; name one, and let it name its parent
    ");
}

#[test]
fn defaults_that_can_not_be_are_told() {
    let host = Host::empty().endpoint::<One>().defaults(|all| {
        all.prefix("api");
        all.group::<Braced>();
        all.allow_anonymous();
        all.authenticated();
    });
    assert_debug_snapshot!(mistakes(host), @"
    the host can't start: 3 mistakes
      - the host's `defaults`: allows anonymous users and asks for a user; keep one of the two
      - the host's `defaults`: has a prefix that can't be before a route: route `api` does not start with a slash; write `/` first
      - the host's `defaults`: are in a group; take that out: every group is within them
    ");
}

#[test]
fn versions_that_can_not_be_are_told() {
    let host = Host::empty().endpoint::<OfTwoVersions>().endpoint::<OfVersionZero>();
    let host = host.endpoint::<OfTwoPlaces>().endpoint::<One>().endpoint::<AlsoOne>();
    assert_debug_snapshot!(mistakes(host), @"
    the host can't start: 5 mistakes
      - `it::startup::groups::OfTwoVersions` (tests/it/startup/groups.rs:78): has the versions 1 and 2; keep one, and write an endpoint for each version
      - `it::startup::groups::OfVersionZero` (tests/it/startup/groups.rs:83): has the version 0; count versions from 1
      - `it::startup::groups::OfVersionZero` (tests/it/startup/groups.rs:83): has a version and is unversioned; keep one of the two
      - `it::startup::groups::OfTwoPlaces` (tests/it/startup/groups.rs:88): `/v{}/r{}` has more than one place for a version; keep one
      - `it::startup::groups::AlsoOne` (tests/it/startup/groups.rs:96): `GET /v1/users` is taken by `it::startup::groups::One` (tests/it/startup/groups.rs:92)
    ");
}
