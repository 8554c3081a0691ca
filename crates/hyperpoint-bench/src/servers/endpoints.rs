//! The endpoints of the servers on Hyperpoint. The derive macro registers each endpoint.

use hyperpoint::http::HeaderValue;
use hyperpoint::prelude::*;
use hyperpoint_bench::{Echo, Order, Reading, TEXT, Tick};

const TEXT_PLAIN: HeaderValue = HeaderValue::from_static("text/plain; charset=utf-8");
const TICKS: TopicName<Tick> = TopicName::new("ticks").event("tick");

#[derive(Endpoint)]
struct Plaintext;

impl Endpoint for Plaintext {
    type Request = ();
    type Response = ();

    fn configure(config: &mut Config) {
        config.get("/plaintext");
        config.allow_anonymous();
    }

    async fn handle(&self, (): (), cx: Cx<'_, Self>) -> Result {
        cx.send.bytes_async(TEXT, TEXT_PLAIN).await
    }
}

#[derive(Endpoint)]
struct Json;

impl Endpoint for Json {
    type Request = ();
    type Response = Reading;

    fn configure(config: &mut Config) {
        config.get("/json");
        config.allow_anonymous();
    }

    async fn handle(&self, (): (), cx: Cx<'_, Self>) -> Result {
        cx.send.ok_async(Reading::new(1)).await
    }
}

#[derive(Endpoint)]
struct EchoBody;

impl Endpoint for EchoBody {
    type Request = Echo;
    type Response = Echo;

    fn configure(config: &mut Config) {
        config.post("/echo");
        config.allow_anonymous();
    }

    async fn handle(&self, echo: Echo, cx: Cx<'_, Self>) -> Result {
        cx.send.ok_async(echo).await
    }
}

#[derive(Endpoint)]
struct PutOrder;

impl Endpoint for PutOrder {
    type Request = Order;
    type Response = Order;

    fn configure(config: &mut Config) {
        config.put("/orders/{id}/{customer}");
        config.allow_anonymous();
    }

    fn validate(&self, order: &Order, failures: &mut Failures) {
        failures.check("customer", order.has_customer(), "must not be empty");
        failures.check("count", order.has_valid_count(), "must be at most 1000");
        failures.check("tags", order.has_few_tags(), "must have at most five items");
    }

    async fn handle(&self, order: Order, cx: Cx<'_, Self>) -> Result {
        cx.send.ok_async(order).await
    }
}

#[derive(Endpoint)]
struct Readings;

impl Endpoint for Readings {
    type Request = ();
    type Response = Events<Reading>;

    fn configure(config: &mut Config) {
        config.get("/events");
        config.allow_anonymous();
    }

    async fn handle(&self, (): (), cx: Cx<'_, Self>) -> Result {
        let readings = futures_util::stream::iter((0..).map(Reading::new));
        cx.send.event_stream_async("reading", readings).await
    }
}

#[derive(Endpoint)]
struct Idle;

impl Endpoint for Idle {
    type Request = ();
    type Response = Events<Reading>;

    fn configure(config: &mut Config) {
        config.get("/idle");
        config.allow_anonymous();
    }

    async fn handle(&self, (): (), cx: Cx<'_, Self>) -> Result {
        cx.send.event_stream_async("reading", futures_util::stream::pending::<Reading>()).await
    }
}

#[derive(Endpoint)]
struct Subscribe {
    topics: Arc<Topics>,
}

impl Endpoint for Subscribe {
    type Request = ();
    type Response = Events<Tick>;

    fn configure(config: &mut Config) {
        config.get("/topic");
        config.allow_anonymous();
    }

    async fn handle(&self, (): (), cx: Cx<'_, Self>) -> Result {
        cx.send.topic_async(&self.topics.topic(TICKS)).await
    }
}

#[derive(Endpoint)]
struct Publish {
    topics: Arc<Topics>,
}

impl Endpoint for Publish {
    type Request = Tick;
    type Response = ();

    fn configure(config: &mut Config) {
        config.post("/publish");
        config.allow_anonymous();
    }

    async fn handle(&self, tick: Tick, cx: Cx<'_, Self>) -> Result {
        self.topics.topic(TICKS).publish(&tick).await?;
        cx.send.no_content_async().await
    }
}
