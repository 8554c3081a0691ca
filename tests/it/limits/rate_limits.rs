//! Rate limits: how clients are counted, which endpoints share a limit, and what a refusal
//! contains.

use std::net::SocketAddr;
use std::time::Duration;

use http::{HeaderValue, Request, header, request};
use hyperpoint::prelude::*;
use hyperpoint::{Application, AuthenticationScheme, Identity, Peer, RateLimit, async_trait};
use insta::assert_snapshot;
use tower::ServiceExt;

use crate::http::{ask, endpoint};

/// Authenticates a request by the user name that it claims.
struct ClaimedUser;

#[async_trait]
impl AuthenticationScheme for ClaimedUser {
    fn challenge(&self, _: &request::Parts) -> HeaderValue {
        HeaderValue::from_static("ClaimedUser")
    }

    async fn authenticate(&self, request: &request::Parts) -> Result<Option<Identity>> {
        let name = request.headers.get(header::AUTHORIZATION);
        Ok(name.and_then(|name| name.to_str().ok()).map(Identity::user))
    }
}

struct Shop;

impl Group for Shop {
    fn configure(group: &mut GroupConfig) {
        group.rate_limit(RateLimit::per_hour(2));
        group.allow_anonymous();
    }
}

/// Writes an endpoint that responds.
macro_rules! limited {
    ($name:ident, |$config:ident| $configure:block) => {
        endpoint! {
            $name: () => ();
            |$config| $configure
            |(), cx| { cx.send.no_content_async().await }
        }
    };
}

limited!(OneOfShop, |config| {
    config.get("/shop/one");
    config.group::<Shop>();
});
limited!(OtherOfShop, |config| {
    config.get("/shop/other");
    config.group::<Shop>();
});
limited!(FreeOfShop, |config| {
    config.get("/shop/free");
    config.group::<Shop>();
    config.lift_limits();
});
limited!(ByAddress, |config| {
    config.get("/address");
    config.rate_limit(RateLimit::per_minute(40).burst(1).by_address());
});
limited!(ByHeader, |config| {
    config.get("/header");
    config.allow_anonymous();
    config.rate_limit(RateLimit::per_minute(1).by_header("x-key"));
});
limited!(ByTenant, |config| {
    config.get("/tenant");
    config.allow_anonymous();
    config.rate_limit(RateLimit::per(1, Duration::from_secs(10)).by(|request, _, _| {
        let tenant = request.headers.get("x-tenant")?;
        tenant.to_str().ok().map(str::to_owned)
    }));
});
limited!(TwoLimits, |config| {
    config.get("/two");
    config.allow_anonymous();
    config.rate_limit(RateLimit::per_second(1));
    config.rate_limit(RateLimit::per_hour(2));
});

fn app() -> Application {
    let host = Host::empty().endpoint::<OneOfShop>().endpoint::<OtherOfShop>();
    let host = host.endpoint::<FreeOfShop>().endpoint::<ByAddress>().endpoint::<ByHeader>();
    let host = host.endpoint::<ByTenant>().endpoint::<TwoLimits>();
    host.authentication(ClaimedUser).build().unwrap()
}

fn from(path: &str, address: &str) -> request::Builder {
    let address: SocketAddr = address.parse().unwrap();
    Request::get(path).extension(Peer::new(address))
}

async fn status(app: &Application, request: request::Builder) -> u16 {
    let request = request.body(String::new()).unwrap();
    app.clone().oneshot(request).await.unwrap().status().as_u16()
}

#[tokio::test(start_paused = true)]
async fn a_refusal_says_when_to_retry() {
    let app = app();
    let get = || Request::get("/address").header(header::AUTHORIZATION, "ann");
    assert_eq!(status(&app, get()).await, 204);
    // A request is allowed again after one and a half seconds, which is rounded up to two.
    assert_snapshot!(ask(&app, get().body(String::new()).unwrap()).await, @r#"
    429 Too Many Requests
    content-type: application/problem+json
    retry-after: 2

    {"type":"about:blank","title":"Too Many Requests","status":429,"detail":"too many requests; try again later","instance":"/address","traceId":"T"}
    "#);
    tokio::time::advance(Duration::from_millis(1400)).await;
    assert_eq!(status(&app, get()).await, 429);
    tokio::time::advance(Duration::from_millis(100)).await;
    assert_eq!(status(&app, get()).await, 204);
}

#[tokio::test(start_paused = true)]
async fn endpoints_of_a_group_share_its_limit_and_one_may_lift_it() {
    let app = app();
    assert_eq!(status(&app, Request::get("/shop/one")).await, 204);
    assert_eq!(status(&app, Request::get("/shop/other")).await, 204);
    assert_eq!(status(&app, Request::get("/shop/one")).await, 429);
    assert_eq!(status(&app, Request::get("/shop/other")).await, 429);
    for _ in 0..5 {
        assert_eq!(status(&app, Request::get("/shop/free")).await, 204);
    }
}

#[tokio::test(start_paused = true)]
async fn endpoints_of_a_host_share_its_limit() {
    let host = || Host::empty().endpoint::<ByTenant>().endpoint::<ByHeader>();
    let host = || host().defaults(|all| all.rate_limit(RateLimit::per_hour(1)));
    let (app, other) = (host().build().unwrap(), host().build().unwrap());
    assert_eq!(status(&app, Request::get("/tenant")).await, 204);
    assert_eq!(status(&app, Request::get("/header")).await, 429);
    // Another host of the same process counts separately.
    assert_eq!(status(&other, Request::get("/header")).await, 204);
}

#[tokio::test(start_paused = true)]
async fn users_are_counted_by_name_and_anonymous_clients_by_address() {
    let app = app();
    let (one, other) = ("192.0.2.1:1000", "192.0.2.2:1000");
    let ann = |address| from("/shop/one", address).header(header::AUTHORIZATION, "ann");
    assert_eq!(status(&app, ann(one)).await, 204);
    assert_eq!(status(&app, ann(other)).await, 204);
    assert_eq!(status(&app, ann(one)).await, 429);
    let bob = from("/shop/one", one).header(header::AUTHORIZATION, "bob");
    assert_eq!(status(&app, bob).await, 204);
    for expected in [204, 204, 429] {
        assert_eq!(status(&app, from("/shop/one", one)).await, expected);
    }
    assert_eq!(status(&app, from("/shop/one", other)).await, 204);
}

#[tokio::test(start_paused = true)]
async fn an_address_is_counted_before_authentication() {
    let app = app();
    let one = || from("/address", "192.0.2.1:1000");
    assert_eq!(status(&app, one()).await, 401);
    assert_eq!(status(&app, one()).await, 429);
    assert_eq!(status(&app, from("/address", "192.0.2.1:1001")).await, 429);
    assert_eq!(status(&app, from("/address", "192.0.2.9:1000")).await, 401);
}

#[tokio::test(start_paused = true)]
async fn a_header_or_a_closure_sets_the_key_that_is_counted() {
    let app = app();
    let key = |key: &'static str| Request::get("/header").header("x-key", key);
    assert_eq!(status(&app, key("a")).await, 204);
    assert_eq!(status(&app, key("a")).await, 429);
    assert_eq!(status(&app, key("b")).await, 204);
    assert_eq!(status(&app, Request::get("/header")).await, 204);
    assert_eq!(status(&app, Request::get("/header")).await, 429);
    let tenant = || Request::get("/tenant").header("x-tenant", "acme");
    assert_eq!(status(&app, tenant()).await, 204);
    assert_eq!(status(&app, tenant()).await, 429);
    for _ in 0..3 {
        assert_eq!(status(&app, Request::get("/tenant")).await, 204);
    }
}

#[tokio::test(start_paused = true)]
async fn every_limit_of_an_endpoint_applies() {
    let app = app();
    for expected in [204, 204, 429] {
        assert_eq!(status(&app, Request::get("/two")).await, expected);
        tokio::time::advance(Duration::from_secs(1)).await;
    }
}
