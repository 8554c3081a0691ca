//! The application of these tests: orders, some of whose endpoints are tools.

use hyperpoint::http::StatusCode;
use hyperpoint::prelude::*;
use hyperpoint::schemes::ApiKeys;
use hyperpoint::{Application, Identity, JsonOrEvents, RateLimit};
use hyperpoint_mcp::{Mcp, OfferTool, ServeMcp};

/// The key of a clerk.
pub(crate) const CLERK: &str = "a-key-of-the-clerk-with-32-chars";
/// The key of a customer.
pub(crate) const CUSTOMER: &str = "a-key-of-a-customer-with-32-char";

#[derive(Clone, Serialize, Deserialize, JsonSchema)]
pub(crate) struct Order {
    /// The number.
    id: u32,
    lines: Vec<Line>,
}

#[derive(Clone, Serialize, Deserialize, JsonSchema)]
pub(crate) struct Line {
    item: String,
    quantity: u8,
}

#[derive(Deserialize, JsonSchema)]
pub(crate) struct OrderId {
    /// The number of the order.
    id: u32,
    /// Whether the lines are in the response.
    #[serde(default)]
    brief: bool,
    #[serde(rename = "x-tenant")]
    tenant: from::Header<Option<String>>,
    sub: from::Claim<String>,
}

/// Finds an order by its number.
///
/// Customers find their own orders alone.
#[derive(Endpoint)]
pub(crate) struct FindOrder;

impl Endpoint for FindOrder {
    type Request = OrderId;
    type Response = Order;

    fn configure(config: &mut Config) {
        config.get("/orders/{id}");
        config.tool();
    }

    async fn handle(&self, request: OrderId, cx: Cx<'_, Self>) -> Result {
        let OrderId { id, brief, tenant, sub } = request;
        if id == 404 {
            return Err(Problem::new(StatusCode::NOT_FOUND).detail("there is no order 404"));
        }
        let item = format!("tea for {} of {:?}", sub.0, tenant.0);
        let lines = if brief { vec![] } else { vec![Line { item, quantity: 1 }] };
        cx.send.ok_async(Order { id, lines }).await
    }
}

#[derive(Deserialize, JsonSchema)]
pub(crate) struct NewOrder {
    /// The ordered articles.
    lines: Vec<Line>,
}

/// Places an order.
#[derive(Endpoint)]
pub(crate) struct PlaceOrder;

impl Endpoint for PlaceOrder {
    type Request = NewOrder;
    type Response = Order;

    fn configure(config: &mut Config) {
        config.post("/orders");
        config.rate_limit(RateLimit::per_minute(5));
        config.tool().name("place_order").destructive(false);
    }

    fn validate(&self, order: &NewOrder, failures: &mut Failures) {
        for (place, line) in order.lines.iter().enumerate() {
            let name = format!("lines[{place}].quantity");
            failures.check(&name, (1..=100).contains(&line.quantity), "is 1 to 100");
        }
    }

    async fn handle(&self, NewOrder { lines }: NewOrder, cx: Cx<'_, Self>) -> Result {
        if lines.is_empty() {
            Err(std::io::Error::other("the password of the database is wrong"))?;
        }
        cx.send.response_async(StatusCode::CREATED, Order { id: 1, lines }).await
    }
}

#[derive(Deserialize, JsonSchema)]
pub(crate) struct Named {
    id: String,
}

/// Cancels an order.
#[derive(Endpoint)]
pub(crate) struct CancelOrder;

impl Endpoint for CancelOrder {
    type Request = Named;
    type Response = ();

    fn configure(config: &mut Config) {
        config.delete("/orders/{id}");
        config.roles(["clerk"]);
        config.tool().name("cancel_order");
    }

    async fn handle(&self, Named { id }: Named, cx: Cx<'_, Self>) -> Result {
        match id.as_str() {
            "" | "a/b" => Err(Problem::new(StatusCode::NOT_FOUND)),
            _ => cx.send.no_content_async().await,
        }
    }
}

/// Is no tool, and shares the first segment of a tool's route.
#[derive(Endpoint)]
pub(crate) struct DeleteAll;

impl Endpoint for DeleteAll {
    type Request = ();
    type Response = String;

    fn configure(config: &mut Config) {
        config.delete("/orders/all");
        config.roles(["clerk"]);
    }

    async fn handle(&self, (): (), cx: Cx<'_, Self>) -> Result {
        cx.send.ok_async("everything is gone".to_owned()).await
    }
}

/// Says hello to anybody.
#[derive(Endpoint)]
pub(crate) struct Greet;

impl Endpoint for Greet {
    type Request = ();
    type Response = JsonOrEvents<String, String>;

    fn configure(config: &mut Config) {
        config.get("/greeting");
        config.allow_anonymous();
        config.streams_as_written();
        config.tool();
    }

    async fn handle(&self, (): (), cx: Cx<'_, Self>) -> Result {
        if cx.asks_for_events() {
            return cx.send.event_stream_async("word", stream! { yield "hello".to_owned(); }).await;
        }
        cx.send.ok_async("hello".to_owned()).await
    }
}

/// Builds the application, with an MCP server that anybody may speak to.
pub(crate) fn shop() -> Application {
    shop_with(|mcp| {
        mcp.name("shop");
        mcp.version("1.2.3");
        mcp.instructions("Find an order first.");
        mcp.allow_anonymous();
    })
}

/// Builds the application with these settings of its MCP server.
pub(crate) fn shop_with(describe: impl FnOnce(&mut Mcp)) -> Application {
    host().mcp(describe).build().unwrap()
}

/// Returns the host of the application, without an MCP server.
pub(crate) fn host() -> Host {
    let keys = ApiKeys::new()
        .key(CLERK, Identity::user("ann").with_role("clerk").with_claim("sub", "ann"))
        .key(CUSTOMER, Identity::user("bob").with_claim("sub", "bob"));
    Host::empty()
        .endpoint::<FindOrder>()
        .endpoint::<PlaceOrder>()
        .endpoint::<CancelOrder>()
        .endpoint::<DeleteAll>()
        .endpoint::<Greet>()
        .authentication(keys)
}
