//! Event streams over a limit: contract line 23, and limits on concurrent streams.

use std::net::SocketAddr;
use std::time::Duration;

use futures_util::stream;
use http::{HeaderValue, Request, header, request};
use hyperpoint::prelude::*;
use hyperpoint::{Application, AuthenticationScheme, Identity, Peer, RateLimit, async_trait};

use super::masked::masked;
use crate::http::endpoint;
use crate::wire::memory::Memory;
use crate::wire::raw::Raw;
use crate::wire::within;

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

/// Writes an endpoint with one event and then nothing.
macro_rules! feed {
    ($name:ident, |$config:ident| $configure:block) => {
        endpoint! {
            $name: () => Events<u32>;
            |$config| $configure
            |(), cx| {
                use futures_util::StreamExt;
                let events = stream::iter([1]).chain(stream::pending());
                cx.send.event_stream_async("n", events).max_age(HOUR).await
            }
        }
    };
}

feed!(Rated, |config| {
    config.get("/rated");
    config.allow_anonymous();
    config.rate_limit(RateLimit::per(1, Duration::from_secs(20)));
});
feed!(PerUser, |config| {
    config.get("/per-user");
    config.allow_anonymous();
    config.streams_per_user(2);
});
feed!(PerAddress, |config| {
    config.get("/per-address");
    config.allow_anonymous();
    config.streams_per_address(1);
});

fn host() -> Host {
    let host = Host::empty().endpoint::<Rated>().endpoint::<PerUser>().endpoint::<PerAddress>();
    host.authentication(ClaimedUser)
}

async fn open(app: &Application, path: &str, user: Option<&str>, address: &str) -> Memory {
    let address: SocketAddr = address.parse().unwrap();
    let mut request = Request::get(path).extension(Peer::new(address));
    if let Some(user) = user {
        request = request.header(header::AUTHORIZATION, user);
    }
    Memory::ask(app, request.body(String::new()).unwrap()).await
}

/// Opens a stream and returns whether it began; the client keeps it open.
async fn began(stream: &mut Memory) -> bool {
    assert_eq!(stream.head.status, 200);
    let first = stream.frame().await.unwrap();
    if first.starts_with("event: n\n") {
        return true;
    }
    assert!(first.starts_with("event: reconnect\n"), "{first}");
    assert_eq!(stream.frame().await, None);
    false
}

const HOUR: Duration = Duration::from_hours(1);
const HERE: &str = "192.0.2.1:1000";
const THERE: &str = "192.0.2.2:1000";

#[tokio::test]
async fn line_23_a_stream_over_its_rate_limit_is_asked_to_reconnect_and_ends() {
    let host = host().bind("127.0.0.1:0").start().await.unwrap();
    let mut first = Raw::get(host.address(), "/rated").await;
    first.head().await;
    for _ in 0..2 {
        let mut raw = Raw::get(host.address(), "/rated").await;
        let head = raw.head().await;
        assert_eq!(head.status(), 200);
        assert_eq!(head.header("content-type"), ["text/event-stream"]);
        assert_eq!(head.header("cache-control"), ["no-cache, no-transform"]);
        assert_eq!(head.header("x-accel-buffering"), ["no"]);
        assert_eq!(head.header("transfer-encoding"), ["chunked"]);
        let body = raw.chunked_body().await;
        let (body, waits) = masked(&body);
        assert_eq!(body, "event: reconnect\nretry: -\ndata: {}\n\n");
        assert!((15_000..=30_000).contains(&waits[0]), "{waits:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn line_23_the_retries_of_refused_streams_are_spread() {
    let app = host().build().unwrap();
    assert!(began(&mut open(&app, "/rated", None, HERE).await).await);
    let mut waits = Vec::new();
    for _ in 0..20 {
        let body = open(&app, "/rated", None, HERE).await.rest().await;
        waits.extend(masked(&body).1);
    }
    assert_eq!(waits.len(), 20);
    // Never before the limit allows it, and not all at once.
    assert!(waits.iter().all(|wait| (20_000..=30_000).contains(wait)), "{waits:?}");
    waits.sort_unstable();
    waits.dedup();
    assert!(waits.len() > 15, "{waits:?}");
}

#[tokio::test(start_paused = true)]
async fn streams_of_a_user_are_counted_while_they_are_open() {
    let app = host().build().unwrap();
    let mut one = open(&app, "/per-user", Some("ann"), HERE).await;
    let mut two = open(&app, "/per-user", Some("ann"), THERE).await;
    assert!(began(&mut one).await && began(&mut two).await);
    assert!(!began(&mut open(&app, "/per-user", Some("ann"), HERE).await).await);
    assert!(began(&mut open(&app, "/per-user", Some("bob"), HERE).await).await);
    drop(one);
    let mut three = open(&app, "/per-user", Some("ann"), HERE).await;
    assert!(began(&mut three).await);
    assert!(!began(&mut open(&app, "/per-user", Some("ann"), HERE).await).await);
    two.rest().await;
    three.rest().await;
    assert!(began(&mut open(&app, "/per-user", Some("ann"), HERE).await).await);
}

#[tokio::test(start_paused = true)]
async fn streams_of_an_address_are_counted_for_all_its_users() {
    let app = host().build().unwrap();
    let mut one = open(&app, "/per-address", Some("ann"), HERE).await;
    assert!(began(&mut one).await);
    assert!(!began(&mut open(&app, "/per-address", Some("bob"), "192.0.2.1:2").await).await);
    assert!(began(&mut open(&app, "/per-address", Some("bob"), THERE).await).await);
    let head = Request::head("/per-address").extension(Peer::new(THERE.parse().unwrap()));
    let mut head = Memory::ask(&app, head.body(String::new()).unwrap()).await;
    assert_eq!((head.head.status.as_u16(), &*head.rest().await), (200, ""));
    drop(one);
    assert!(began(&mut open(&app, "/per-address", None, HERE).await).await);
}

#[tokio::test]
async fn a_closed_socket_releases_its_stream() {
    let host = host().bind("127.0.0.1:0").start().await.unwrap();
    let mut raw = Raw::get(host.address(), "/per-address").await;
    raw.head().await;
    drop(raw);
    let address = host.address();
    within(async {
        loop {
            let mut raw = Raw::get(address, "/per-address").await;
            raw.head().await;
            if raw.chunk().await.is_some_and(|chunk| chunk.starts_with("event: n\n")) {
                return;
            }
        }
    })
    .await;
}
