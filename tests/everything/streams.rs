//! Event streams of every kind. Each ends by itself.

use std::time::Duration;

use hyperpoint::openapi::Describe;
use hyperpoint::prelude::*;
use hyperpoint::{JsonOrEvents, StreamItem};

use super::endpoint::endpoint;

pub(super) fn add(host: Host) -> Host {
    host.endpoint::<Steps>()
        .endpoint::<Prices>()
        .endpoint::<Mixed>()
        .endpoint::<Complete>()
        .endpoint::<Written>()
        .endpoint::<Generic<Topics>>()
        .endpoint::<Follow>()
}

/// A step of a kitchen.
#[derive(Serialize, JsonSchema, Events)]
#[serde(rename_all = "kebab-case")]
enum Step {
    Started,
    /// A tray was baked.
    TrayBaked {
        items: u32,
        /// The tray.
        tray: Option<String>,
    },
    Failed(Failure),
}

/// Why a step failed.
#[derive(Serialize, JsonSchema)]
struct Failure {
    exit_code: i32,
}

fn steps() -> impl Stream<Item = Step> {
    stream! {
        yield Step::Started;
        yield Step::TrayBaked { items: 12, tray: None };
        yield Step::Failed(Failure { exit_code: 3 });
    }
}

endpoint! {
    /// Streams the steps of the kitchen.
    Steps(()) -> Events<Step> {
        |config| {
            config.get("/steps");
            config.allow_anonymous();
        }
    }
    |(), cx| cx.send.events_async(steps()).done().await
}

/// The price of a thing.
#[derive(Clone, Serialize, Deserialize, JsonSchema)]
struct Price {
    of: String,
    cents: u32,
}

#[derive(Deserialize, JsonSchema)]
struct WantedPrices {
    of: String,
    #[schemars(range(min = 1, max = 20))]
    count: Option<u8>,
    within: Option<Within>,
}

/// Which prices are sent.
#[derive(Deserialize, JsonSchema)]
struct Within {
    /// The lowest price, in cents.
    least: Option<u32>,
    most: Option<u32>,
}

endpoint! {
    /// Streams prices, for users with a key or a ticket.
    Prices(WantedPrices) -> Events<Price> {
        |config| {
            config.get("/prices/{of}");
            config.allow_query_token("ticket");
            config.event("price");
        }
    }
    |wanted, cx| {
        let WantedPrices { of, count, within } = wanted;
        let least = within.as_ref().and_then(|within| within.least).unwrap_or(0);
        let most = within.and_then(|within| within.most).unwrap_or(u32::MAX);
        let prices = stream! {
            for cents in (1..=u32::from(count.unwrap_or(3))).filter(|cents| (least..=most).contains(cents)) {
                yield Price { of: of.clone(), cents };
            }
        };
        cx.send.event_stream_async("price", prices).await
    }
}

endpoint! {
    Mixed(()) -> Events {
        |config| {
            config.get("/mixed");
            config.allow_anonymous();
            config.events::<Step>();
        }
    }
    |(), cx| {
        let items = [StreamItem::typed(&Step::Started)?, StreamItem::typed(&Step::Failed(Failure { exit_code: 3 }))?];
        let items = stream! {
            for item in items {
                yield item;
            }
        };
        cx.send.stream_items_async(items).await
    }
}

#[derive(Deserialize, JsonSchema)]
struct Prompt {
    #[schemars(length(min = 1))]
    prompt: String,
    #[serde(default)]
    stream: bool,
}

endpoint! {
    /// Completes a prompt, as a whole or as a stream.
    Complete(Prompt) -> JsonOrEvents<Price, Price> {
        |config| {
            config.post("/completions");
            config.allow_anonymous();
            config.event("delta");
        }
    }
    |prompt, cx| {
        let price = Price { of: prompt.prompt, cents: 1 };
        if !prompt.stream {
            return cx.send.ok_async(price).await;
        }
        cx.send.event_stream_async("delta", stream! { yield price; }).await
    }
}

endpoint! {
    Written(()) -> Events<Step> {
        |config| {
            config.get("/written");
            config.allow_anonymous();
            config.streams_as_written();
        }
    }
    |(), cx| cx.send.events_async(steps()).await
}

/// An endpoint whose types are not known to its derive.
#[derive(Endpoint)]
#[endpoint(by_hand)]
struct Generic<T: Send + Sync + 'static>(Arc<T>);

impl<T: Send + Sync + 'static> Endpoint for Generic<T> {
    type Request = ();
    type Response = Events<Price>;

    fn configure(config: &mut Config) {
        config.get("/generic");
        config.allow_anonymous();
    }

    async fn handle(&self, (): (), cx: Cx<'_, Self>) -> Result {
        let _ = &self.0;
        let price = Price { of: "tea".to_owned(), cents: 3 };
        cx.send.event_stream_async("price", stream! { yield price; }).await
    }
}

/// How long the stream of ticks is open.
const LENGTH: Duration = Duration::from_millis(20);

/// The topic that the page of streams follows.
pub(crate) const STEPS: TopicName<Tick> = TopicName::new("ticks");

/// A tick.
#[derive(Clone, Serialize, Deserialize, JsonSchema)]
pub(crate) struct Tick {
    pub(crate) count: u32,
}

/// Follows the ticks.
#[derive(Endpoint)]
#[endpoint(by_hand)]
struct Follow {
    topics: Arc<Topics>,
}

impl Endpoint for Follow {
    type Request = ();
    type Response = Events<Tick>;

    fn configure(config: &mut Config) {
        config.get("/ticks");
        config.allow_anonymous();
        config.event("tick");
    }

    async fn handle(&self, (): (), cx: Cx<'_, Self>) -> Result {
        let topic = self.topics.topic(STEPS);
        cx.send.topic_async(&topic).until(tokio::time::sleep(LENGTH)).await
    }
}
