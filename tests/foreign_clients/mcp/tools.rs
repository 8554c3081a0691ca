//! An application whose endpoints are tools.

use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::time::{Duration, Instant};

use hyperpoint::prelude::*;
use hyperpoint::schemes::ApiKeys;
use hyperpoint::{Identity, Running};
use hyperpoint_mcp::{OfferTool, ServeMcp};

/// Handlers that began and were dropped.
#[derive(Debug, Default)]
pub(super) struct Dropped {
    begun: AtomicUsize,
    dropped: AtomicUsize,
}

impl Dropped {
    /// Waits until every handler was dropped that began, and returns how many there were.
    pub(super) async fn all(&self) -> usize {
        let deadline = Instant::now() + Duration::from_secs(5);
        while self.begun.load(SeqCst) != self.dropped.load(SeqCst) {
            assert!(Instant::now() < deadline, "a handler still runs");
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        self.begun.load(SeqCst)
    }
}

struct Guard(Arc<Dropped>);

impl Drop for Guard {
    fn drop(&mut self) {
        self.0.dropped.fetch_add(1, SeqCst);
    }
}

#[derive(Serialize, Deserialize, JsonSchema)]
pub(super) struct Order {
    item: String,
    quantity: u32,
}

/// The quantities of orders that were placed.
const PLACED: TopicName<u32> = TopicName::new("placed");

/// Places an order.
#[derive(Endpoint)]
struct PlaceOrder {
    topics: Arc<Topics>,
}

impl Endpoint for PlaceOrder {
    type Request = Order;
    type Response = Order;

    fn configure(config: &mut Config) {
        config.post("/orders");
        config.tool().name("place_order");
    }

    fn validate(&self, order: &Order, failures: &mut Failures) {
        failures.check("quantity", (1..=100).contains(&order.quantity), "is 1 to 100");
    }

    async fn handle(&self, order: Order, cx: Cx<'_, Self>) -> Result {
        self.topics.topic(PLACED).publish(&order.quantity).await?;
        cx.send.ok_async(order).await
    }
}

#[derive(Deserialize, JsonSchema)]
pub(super) struct Shipment {
    id: u32,
    /// Never ends.
    #[serde(default)]
    forever: bool,
}

#[derive(Serialize, JsonSchema, Events)]
enum Step {
    Packed { progress: u32, total: u32, message: String },
    Shipped { id: u32 },
}

/// Ships an order.
#[derive(Endpoint)]
struct ShipOrder {
    dropped: Arc<Dropped>,
}

impl Endpoint for ShipOrder {
    type Request = Shipment;
    type Response = Events<Step>;

    fn configure(config: &mut Config) {
        config.post("/orders/{id}/shipment");
        config.roles(["clerk"]);
        config.tool().name("ship_order").result_event("shipped");
    }

    async fn handle(&self, Shipment { id, forever }: Shipment, cx: Cx<'_, Self>) -> Result {
        self.dropped.begun.fetch_add(1, SeqCst);
        let guard = Guard(Arc::clone(&self.dropped));
        cx.send
            .events_async(stream! {
                let _guard = guard;
                for progress in 1..=3 {
                    yield Step::Packed { progress, total: 3, message: format!("box {progress}") };
                }
                if forever {
                    std::future::pending::<()>().await;
                }
                yield Step::Shipped { id };
            })
            .await
    }
}

/// Returns the number of handlers that run.
#[derive(Endpoint)]
struct CountRunning {
    dropped: Arc<Dropped>,
}

impl Endpoint for CountRunning {
    type Request = ();
    type Response = usize;

    fn configure(config: &mut Config) {
        config.get("/running");
        config.allow_anonymous();
    }

    async fn handle(&self, (): (), cx: Cx<'_, Self>) -> Result {
        let Dropped { begun, dropped } = &*self.dropped;
        cx.send.ok_async(begun.load(SeqCst) - dropped.load(SeqCst)).await
    }
}

/// Starts the application. `clerk-0123456789abcdef` may ship, `buyer-0123456789abcdef` may not.
pub(super) async fn server(dropped: &Arc<Dropped>) -> Running {
    let keys = ApiKeys::new()
        .key("clerk-0123456789abcdef", Identity::user("ann").with_role("clerk"))
        .key("buyer-0123456789abcdef", Identity::user("bob"));
    let host = Host::empty()
        .endpoint::<PlaceOrder>()
        .endpoint::<ShipOrder>()
        .endpoint::<CountRunning>()
        .service(Arc::clone(dropped))
        .authentication(keys)
        .mcp(|mcp| {
            mcp.authenticated();
            mcp.page_size(1);
            mcp.topic(PLACED, |topic| topic.authenticated());
        });
    host.bind("127.0.0.1:0").start().await.unwrap()
}
