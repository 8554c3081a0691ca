//! Streams that borrow from the endpoint, from the request, and from locals of the handler.

use std::pin::Pin;
use std::time::Duration;

use futures_util::{StreamExt, stream};
use hyperpoint::prelude::*;

use crate::wire::memory::Memory;
use crate::wire::raw::Raw;
use crate::wire::{anonymous, start};

/// The service from which the endpoints borrow.
struct Words(Vec<&'static str>);

type Boxed<'a> = Pin<Box<dyn Stream<Item = String> + Send + 'a>>;

/// Each handler streams the words of its endpoint with the tenant of its request.
macro_rules! borrowing {
    ($($name:ident at $route:literal: |$this:ident, $cx:ident| $stream:expr;)*) => {$(
        #[derive(Endpoint)]
        #[endpoint(by_hand)]
        struct $name {
            words: Arc<Words>,
        }

        impl Endpoint for $name {
            type Request = ();
            type Response = Events<String>;

            fn configure(config: &mut Config) {
                anonymous(config, $route);
            }

            async fn handle(&self, (): (), $cx: Cx<'_, Self>) -> Result {
                let $this = self;
                let stream = $stream;
                let events = $cx.send.event_stream_async("word", stream);
                events.retry(Duration::from_secs(1)).await
            }
        }
    )*};
}

borrowing! {
    Inline at "/inline": |this, cx| stream! {
        let tenant = &cx.request.headers["x-tenant"];
        for word in &this.words.0 {
            tokio::task::yield_now().await;
            yield format!("{word} {tenant:?}");
        }
    };
    Closure at "/closure": |this, cx| {
        let tenant = &cx.request.headers["x-tenant"];
        stream::iter(&this.words.0).map(move |word| format!("{word} {tenant:?}"))
    };
    Later at "/later": |this, cx| {
        let tenant = &cx.request.headers["x-tenant"];
        stream::iter(this.words.0.iter()).then(move |word| async move {
            tokio::task::yield_now().await;
            format!("{word} {tenant:?}")
        })
    };
    Boxes at "/boxes": |this, cx| {
        let tenant = &cx.request.headers["x-tenant"];
        let boxed: Boxed<'_> =
            Box::pin(stream::iter(&this.words.0).map(move |word| format!("{word} {tenant:?}")));
        boxed
    };
    Generic at "/generic": |this, cx| {
        with(stream::iter(&this.words.0), &cx.request.headers["x-tenant"])
    };
}

/// Creates a stream that borrows from both arguments.
fn with<'a, S, W, T>(words: S, tenant: &'a T) -> impl Stream<Item = String> + Send + 'a
where
    S: Stream<Item = W> + Send + 'a,
    W: std::fmt::Display + Send + 'a,
    T: std::fmt::Debug + Sync,
{
    words.map(move |word| format!("{word} {tenant:?}"))
}

/// Borrows a local of the handler, and uses it again after the await.
#[derive(Endpoint)]
#[endpoint(by_hand)]
struct Local;

impl Endpoint for Local {
    type Request = ();
    type Response = Events<String>;

    fn configure(config: &mut Config) {
        anonymous(config, "/local");
    }

    async fn handle(&self, (): (), cx: Cx<'_, Self>) -> Result {
        let words = [String::from("one"), String::from("two")];
        let mut told = 0;
        let tenant = cx.request.headers["x-tenant"].clone();
        let stream = stream::iter(&words).map(|word| {
            told += 1;
            format!("{word} {tenant:?}")
        });
        let events = cx.send.event_stream_async("word", stream);
        let sent = events.retry(Duration::from_secs(1)).await;
        assert_eq!(told, words.len());
        sent
    }
}

/// Borrows by reference, with items that borrow as well.
#[derive(Endpoint)]
#[endpoint(by_hand)]
struct Items {
    words: Arc<Words>,
}

impl Endpoint for Items {
    type Request = ();
    type Response = Events;

    fn configure(config: &mut Config) {
        anonymous(config, "/items");
    }

    async fn handle(&self, (): (), cx: Cx<'_, Self>) -> Result {
        const WORD: EventName = EventName::from_static("word");
        let tenant = &cx.request.headers["x-tenant"];
        let items = try_stream! {
            for word in &self.words.0 {
                yield StreamItem::json(&format!("{word} {tenant:?}"))?.named(WORD);
            }
        };
        let events = cx.send.stream_items_async(items);
        events.retry(Duration::from_secs(1)).await
    }
}

const EXPECTED: &str = "event: word\nretry: 1000\ndata: \"one \\\"acme\\\"\"\n\n\
    event: word\ndata: \"two \\\"acme\\\"\"\n\n";

#[tokio::test]
async fn a_stream_may_borrow_from_its_endpoint_its_request_and_its_handler() {
    let host = Host::empty().service(Arc::new(Words(vec!["one", "two"])));
    let host = host.endpoint::<Inline>().endpoint::<Closure>();
    let host = host.endpoint::<Later>().endpoint::<Boxes>();
    let host = host.endpoint::<Generic>().endpoint::<Local>();
    let app = host.endpoint::<Items>().build().unwrap();
    let paths = ["/inline", "/closure", "/later", "/boxes", "/generic", "/local", "/items"];
    for path in paths {
        let request = http::Request::get(path).header("x-tenant", "acme");
        let request = request.body(String::new()).unwrap();
        let mut memory = Memory::ask(&app, request).await;
        assert_eq!(memory.rest().await, EXPECTED, "{path}");
    }
}

#[tokio::test]
async fn a_stream_that_borrows_is_served_over_a_socket() {
    let host = start::<Local>().await;
    let request = "GET /local HTTP/1.1\r\nhost: a\r\nx-tenant: acme\r\n\r\n";
    let mut raw = Raw::open(host.address(), request).await;
    raw.head().await;
    assert_eq!(raw.chunked_body().await, EXPECTED);
}
