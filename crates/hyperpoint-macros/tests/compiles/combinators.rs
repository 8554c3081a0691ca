//! Streams built with combinators: closures borrow, and intermediate items are references.

use std::future::ready;

use futures_util::stream;
use futures_util::{StreamExt, TryStreamExt};
use hyperpoint::prelude::*;

async fn look_up(names: &[u32], at: usize) -> Option<&u32> {
    tokio::task::yield_now().await;
    names.get(at)
}

#[derive(Endpoint)]
struct Map {
    name: Arc<String>,
}

impl Endpoint for Map {
    type Request = ();
    type Response = Events<String>;

    at!("/combinators/map");

    async fn handle(&self, (): (), cx: Cx<'_, Self>) -> Result {
        let path = cx.request.uri.path();
        let stream = stream::iter(0..3).map(|at| format!("{at} {} {path}", self.name));
        cx.send.event_stream_async("name", stream).await
    }
}

#[derive(Endpoint)]
struct MapOverReferences {
    prices: Arc<Vec<u32>>,
}

impl Endpoint for MapOverReferences {
    type Request = ();
    type Response = Events<u32>;

    at!("/combinators/map-over-references");

    async fn handle(&self, (): (), cx: Cx<'_, Self>) -> Result {
        let stream =
            stream::iter(self.prices.iter()).filter(|price| ready(**price > 1)).map(|price| *price);
        cx.send.event_stream_async("price", stream).await
    }
}

#[derive(Endpoint)]
struct Then {
    prices: Arc<Vec<u32>>,
}

impl Endpoint for Then {
    type Request = ();
    type Response = Events<Option<u32>>;

    at!("/combinators/then");

    async fn handle(&self, (): (), cx: Cx<'_, Self>) -> Result {
        let stream = stream::iter(0..3)
            .then(|at| async move { look_up(&self.prices, at).await })
            .map(Option::<&u32>::copied);
        cx.send.event_stream_async("price", stream).await
    }
}

#[derive(Endpoint)]
struct ThenOverReferences {
    prices: Arc<Vec<u32>>,
}

impl Endpoint for ThenOverReferences {
    type Request = ();
    type Response = Events<u32>;

    at!("/combinators/then-over-references");

    async fn handle(&self, (): (), cx: Cx<'_, Self>) -> Result {
        let stream = stream::iter(self.prices.iter()).then(|price| async move {
            tokio::task::yield_now().await;
            *price
        });
        cx.send.event_stream_async("price", stream).await
    }
}

#[derive(Endpoint)]
struct FilterMap {
    prices: Arc<Vec<u32>>,
}

impl Endpoint for FilterMap {
    type Request = ();
    type Response = Events<u32>;

    at!("/combinators/filter-map");

    async fn handle(&self, (): (), cx: Cx<'_, Self>) -> Result {
        let stream = stream::iter(0..9)
            .filter_map(|at| async move { look_up(&self.prices, at).await })
            .filter_map(|price| ready(price.checked_add(1)));
        cx.send.event_stream_async("price", stream).await
    }
}

#[derive(Endpoint)]
struct Buffered {
    prices: Arc<Vec<u32>>,
}

impl Endpoint for Buffered {
    type Request = ();
    type Response = Events<Vec<u32>>;

    at!("/combinators/buffered");

    async fn handle(&self, (): (), cx: Cx<'_, Self>) -> Result {
        let stream = stream::iter(0..9)
            .map(|at| async move { look_up(&self.prices, at).await.copied() })
            .buffered(2)
            .filter_map(ready)
            .chunks(2);
        cx.send.event_stream_async("prices", stream).await
    }
}

#[derive(Endpoint)]
struct Unfold {
    prices: Arc<Vec<u32>>,
}

impl Endpoint for Unfold {
    type Request = ();
    type Response = Events<u32>;

    at!("/combinators/unfold");

    async fn handle(&self, (): (), cx: Cx<'_, Self>) -> Result {
        let stream =
            stream::unfold(
                0,
                |at| async move { Some((*look_up(&self.prices, at).await?, at + 1)) },
            );
        cx.send.event_stream_async("price", stream).await
    }
}

#[derive(Endpoint)]
struct MixedItems {
    name: Arc<String>,
}

impl Endpoint for MixedItems {
    type Request = ();
    type Response = Events;

    at!("/combinators/mixed-items");

    async fn handle(&self, (): (), cx: Cx<'_, Self>) -> Result {
        const NAME: EventName = EventName::from_static("name");
        let texts = stream::iter(self.name.chars().map(String::from))
            .map(|name| StreamItem::text(name.as_str()).named(NAME));
        let data = stream::once(ready(StreamItem::json(&*self.name)?));
        cx.send.stream_items_async(texts.chain(data)).await
    }
}

#[derive(Endpoint)]
struct ErrorsToProblems {
    name: Arc<String>,
}

impl Endpoint for ErrorsToProblems {
    type Request = ();
    type Response = Events<u32>;

    at!("/combinators/errors-to-problems");

    async fn handle(&self, (): (), cx: Cx<'_, Self>) -> Result {
        let stream = stream::iter(self.name.lines().map(str::parse::<u32>))
            .map_err(Problem::from)
            .and_then(|price| async move { Ok(price + 1) });
        cx.send.event_stream_async("price", stream).await
    }
}
