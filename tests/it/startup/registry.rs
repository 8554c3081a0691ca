//! The set of endpoints of a host.

use std::marker::PhantomData;

use hyperpoint::prelude::*;
use insta::assert_debug_snapshot;

use super::routed::{errors_of, routed};

routed!(First, |config| config.get("/b"));
routed!(Second, |config| config.get("/a"));
routed!(Third, |config| {
    config.post("/a");
    config.delete("/c");
});

/// One generic endpoint for many types.
#[derive(Endpoint)]
#[endpoint(by_hand)]
struct Listing<T: Named> {
    items: Arc<Vec<T>>,
    kind: PhantomKind<T>,
}

/// The kind of items, which is available without a service.
struct PhantomKind<T>(PhantomData<fn() -> T>);

impl<T> hyperpoint::Dependency for PhantomKind<T> {
    fn resolve(_: &hyperpoint::Services) -> Option<Self> {
        Some(Self(PhantomData))
    }
}

trait Named: Send + Sync + 'static {
    const ROUTE: &'static str;
}

impl Named for u8 {
    const ROUTE: &'static str = "/bytes";
}

impl Named for char {
    const ROUTE: &'static str = "/letters";
}

impl<T: Named> Endpoint for Listing<T> {
    type Request = ();
    type Response = ();

    fn configure(config: &mut Config) {
        config.get(T::ROUTE);
        config.allow_anonymous();
    }

    async fn handle(&self, (): (), cx: Cx<'_, Self>) -> Result {
        let PhantomKind(PhantomData) = self.kind;
        let text = format!("{} at {}", self.items.len(), T::ROUTE);
        cx.send.string_async(text).await
    }
}

#[test]
fn a_host_without_endpoints_says_how_to_add_one() {
    assert_debug_snapshot!(errors_of(Host::empty()), @"
    the host can't start: 1 configuration error
      - an empty host discovers no endpoints: add one with `.endpoint::<E>()`
    ");
}

#[test]
fn the_order_in_which_endpoints_are_added_does_not_matter() {
    let one = Host::empty().endpoint::<First>().endpoint::<Second>();
    let one = one.endpoint::<Third>().build().unwrap();
    let other = Host::empty().endpoint::<Third>().endpoint::<Second>();
    let other = other.endpoint::<First>().build().unwrap();
    assert_eq!(one.routes(), other.routes());
    assert_debug_snapshot!(one.routes(), @r#"
    [
        "GET     /a  it::startup::registry::Second",
        "POST    /a  it::startup::registry::Third",
        "GET     /b  it::startup::registry::First",
        "DELETE  /c  it::startup::registry::Third",
    ]
    "#);
}

#[test]
fn an_endpoint_that_is_added_twice_is_registered_once() {
    let host = Host::empty().endpoint::<First>().endpoint::<First>();
    assert_eq!(host.build().unwrap().routes().len(), 1);
}

#[test]
fn a_generic_endpoint_is_added_manually_for_each_type() {
    let host = Host::empty().endpoint::<Listing<u8>>();
    let host = host.endpoint::<Listing<char>>();
    let host = host.service(Arc::new(vec![1_u8])).service(Arc::new(vec!['a', 'b']));
    assert_debug_snapshot!(host.build().unwrap().routes(), @r#"
    [
        "GET     /bytes  it::startup::registry::Listing<u8>",
        "GET     /letters  it::startup::registry::Listing<char>",
    ]
    "#);
}

#[test]
fn a_report_names_the_type_of_a_generic_endpoint() {
    let host = Host::empty().endpoint::<Listing<u8>>();
    assert_debug_snapshot!(errors_of(host.endpoint::<Listing<char>>()), @"
    the host can't start: 2 configuration errors
      - `it::startup::registry::Listing<char>` (tests/it/startup/registry.rs:18): missing service `alloc::sync::Arc<alloc::vec::Vec<char>>` for field `items`; register one with `Host::service`
      - `it::startup::registry::Listing<u8>` (tests/it/startup/registry.rs:18): missing service `alloc::sync::Arc<alloc::vec::Vec<u8>>` for field `items`; register one with `Host::service`
    ");
}
