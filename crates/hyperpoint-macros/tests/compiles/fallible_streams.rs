//! Streams that can fail: errors convert to problems without type annotations.

use hyperpoint::prelude::*;

fn parsed(text: &str) -> impl Stream<Item = Result<u32>> {
    try_stream! {
        for line in text.lines() {
            tokio::task::yield_now().await;
            yield line.parse::<u32>()?;
        }
    }
}

#[derive(Endpoint)]
struct Helper {
    text: Arc<String>,
}

impl Endpoint for Helper {
    type Request = ();
    type Response = Events<u32>;

    at!("/fallible/helper");

    async fn handle(&self, (): (), cx: Cx<'_, Self>) -> Result {
        cx.send.event_stream_async("price", parsed(&self.text)).await
    }
}

#[derive(Endpoint)]
struct Inline {
    text: Arc<String>,
}

impl Endpoint for Inline {
    type Request = ();
    type Response = Events<u32>;

    at!("/fallible/inline");

    async fn handle(&self, (): (), cx: Cx<'_, Self>) -> Result {
        cx.send
            .event_stream_async(
                "price",
                try_stream! {
                    for line in self.text.lines() {
                        tokio::task::yield_now().await;
                        yield line.parse::<u32>()?;
                    }
                },
            )
            .await
    }
}

#[derive(Endpoint)]
struct InlineBound {
    text: Arc<String>,
}

impl Endpoint for InlineBound {
    type Request = ();
    type Response = Events<u32>;

    at!("/fallible/inline-bound");

    async fn handle(&self, (): (), cx: Cx<'_, Self>) -> Result {
        let stream = try_stream! {
            let text = std::fs::read_to_string(&*self.text)?;
            for line in text.lines() {
                yield line.parse::<u32>()?;
            }
        };
        cx.send.event_stream_async("price", stream).await
    }
}

#[derive(Endpoint)]
struct InlineItems {
    text: Arc<String>,
}

impl Endpoint for InlineItems {
    type Request = ();
    type Response = Events;

    at!("/fallible/inline-items");

    async fn handle(&self, (): (), cx: Cx<'_, Self>) -> Result {
        cx.send
            .stream_items_async(try_stream! {
                for line in self.text.lines() {
                    tokio::task::yield_now().await;
                    yield StreamItem::json(&line.parse::<u32>()?)?;
                }
            })
            .await
    }
}

#[derive(Endpoint)]
struct OkInline;

impl Endpoint for OkInline {
    type Request = ();
    type Response = Events<u32>;

    at!("/fallible/ok-inline");

    async fn handle(&self, (): (), cx: Cx<'_, Self>) -> Result {
        let stream = stream! {
            yield Ok(1);
            yield Err(Problem::internal("no more"));
        };
        cx.send.event_stream_async("price", stream).await
    }
}

#[derive(Endpoint)]
struct OnlyOk;

impl Endpoint for OnlyOk {
    type Request = ();
    type Response = Events<u32>;

    at!("/fallible/only-ok");

    async fn handle(&self, (): (), cx: Cx<'_, Self>) -> Result {
        cx.send.event_stream_async("price", stream! { yield Ok(1); }).await
    }
}
