//! Run `cargo run -p example-mcp --example mcp`, then point a client of MCP at <http://127.0.0.1:8080/mcp>.

use hyperpoint::{Host, HostError};

#[tokio::main]
async fn main() -> Result<(), HostError> {
    tracing_subscriber::fmt().init();
    let address = std::env::args().nth(1).unwrap_or_else(|| "127.0.0.1:8080".to_owned());
    example_mcp::application(Host::new()).bind(address).run().await
}
