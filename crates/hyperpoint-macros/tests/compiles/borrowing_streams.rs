//! Streams that borrow from the endpoint, the context and local variables.

use futures_util::StreamExt;
use futures_util::stream::{self, BoxStream};
use hyperpoint::prelude::*;

#[derive(Endpoint)]
struct InlineOverSelfAndContext {
    prices: Arc<Vec<u32>>,
}

impl Endpoint for InlineOverSelfAndContext {
    type Request = ();
    type Response = Events<String>;

    at!("/borrowing/inline");

    async fn handle(&self, (): (), cx: Cx<'_, Self>) -> Result {
        let stream = stream! {
            for price in self.prices.iter() {
                tokio::task::yield_now().await;
                yield format!("{price} {} {:?}", cx.request.uri, cx.last_event_id);
            }
        };
        cx.send.event_stream_async("price", stream).await
    }
}

#[derive(Endpoint)]
struct InlineInTheCall {
    prices: Arc<Vec<u32>>,
}

impl Endpoint for InlineInTheCall {
    type Request = ();
    type Response = Events<u32>;

    at!("/borrowing/inline-in-the-call");

    async fn handle(&self, (): (), cx: Cx<'_, Self>) -> Result {
        cx.send
            .event_stream_async(
                "price",
                stream! {
                    for price in self.prices.iter() {
                        tokio::task::yield_now().await;
                        if cx.stopping.is_requested() {
                            break;
                        }
                        yield *price;
                    }
                },
            )
            .await
    }
}

#[derive(Endpoint)]
struct Locals;

impl Endpoint for Locals {
    type Request = ();
    type Response = Events<String>;

    at!("/borrowing/locals");

    async fn handle(&self, (): (), cx: Cx<'_, Self>) -> Result {
        let names = vec![String::from("one"), String::from("two")];
        let text = names.join(",");
        let (borrowed, split) = (&names, text.split(','));
        let sent = cx
            .send
            .event_stream_async(
                "name",
                stream! {
                    for (name, part) in borrowed.iter().zip(split) {
                        tokio::task::yield_now().await;
                        yield format!("{name}{part}");
                    }
                },
            )
            .await?;
        drop((names, text));
        Ok(sent)
    }
}

#[derive(Endpoint)]
struct Boxed {
    prices: Arc<Vec<u32>>,
}

impl Boxed {
    fn prices(&self) -> BoxStream<'_, u32> {
        stream::iter(self.prices.iter()).map(|price| *price).boxed()
    }
}

impl Endpoint for Boxed {
    type Request = ();
    type Response = Events<u32>;

    at!("/borrowing/boxed");

    async fn handle(&self, (): (), cx: Cx<'_, Self>) -> Result {
        cx.send.event_stream_async("price", self.prices()).await
    }
}

fn texts<T>(values: &[T]) -> impl Stream<Item = String> + use<'_, T>
where
    T: ToString + Sync,
{
    stream! {
        for value in values {
            tokio::task::yield_now().await;
            yield value.to_string();
        }
    }
}

#[derive(Endpoint)]
struct GenericHelper {
    prices: Arc<Vec<u32>>,
}

impl Endpoint for GenericHelper {
    type Request = ();
    type Response = Events<String>;

    at!("/borrowing/generic-helper");

    async fn handle(&self, (): (), cx: Cx<'_, Self>) -> Result {
        cx.send.event_stream_async("price", texts(&self.prices)).await
    }
}

#[derive(Endpoint)]
struct Until {
    prices: Arc<Vec<u32>>,
}

impl Endpoint for Until {
    type Request = ();
    type Response = Events<String>;

    at!("/borrowing/until");

    async fn handle(&self, (): (), cx: Cx<'_, Self>) -> Result {
        let last = self.prices.len();
        cx.send
            .event_stream_async("price", texts(&self.prices))
            .until(async {
                tokio::select! {
                    () = cx.stopping.requested() => {}
                    () = tokio::time::sleep(std::time::Duration::from_secs(last as u64)) => {}
                }
            })
            .done()
            .await
    }
}

#[derive(Endpoint)]
struct Imperative {
    prices: Arc<Vec<u32>>,
}

impl Endpoint for Imperative {
    type Request = ();
    type Response = Events;

    at!("/borrowing/imperative");

    async fn handle(&self, (): (), cx: Cx<'_, Self>) -> Result {
        let mut prices = texts(&self.prices).boxed();
        let mut events = cx.send.open_event_stream_async().await?;
        loop {
            tokio::select! {
                price = prices.next() => match price {
                    Some(price) => events.send("price", price.as_str()).await?,
                    None => break,
                },
                () = cx.stopping.requested() => break,
            }
        }
        events.close().await
    }
}
