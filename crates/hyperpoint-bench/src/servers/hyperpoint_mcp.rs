//! A Hyperpoint server with two endpoints that are also tools. A separate program, so that the
//! other Hyperpoint server is measured without the Model Context Protocol compiled in.

use hyperpoint::mcp::{OfferTool, ServeMcp};
use hyperpoint::prelude::*;
use hyperpoint_bench::{Echo, Order, address, announce};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), HostError> {
    let host = Host::new().mcp(|mcp| mcp.allow_anonymous());
    let host = host.bind(address()).start().await?;
    announce(host.address());
    host.until_signal().await
}

#[derive(Endpoint)]
struct EchoBody;

impl Endpoint for EchoBody {
    type Request = Echo;
    type Response = Echo;

    fn configure(config: &mut Config) {
        config.post("/echo");
        config.allow_anonymous();
        config.tool().name("echo");
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
        config.tool().name("order");
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
