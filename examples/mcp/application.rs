//! The host, with the endpoints that are tools and the handler.

use hyperpoint::Host;
use hyperpoint_mcp::ServeMcp;

use crate::endpoints::{Audio, Contact, Failing, Image, InRegion, STEPS, SimpleText, WithProgress};
use crate::handler::Handler;

/// Adds the MCP server, with its endpoints and its handler, to a host.
pub fn application(host: Host) -> Host {
    // Registers the endpoints explicitly, for hosts that do not discover endpoints.
    host.endpoint::<SimpleText>()
        .endpoint::<Image>()
        .endpoint::<Audio>()
        .endpoint::<Failing>()
        .endpoint::<WithProgress>()
        .endpoint::<InRegion>()
        .endpoint::<Contact>()
        .mcp(|mcp| {
            mcp.name("example-mcp");
            mcp.title("Conformance");
            mcp.version(env!("CARGO_PKG_VERSION"));
            mcp.handler(Handler);
            mcp.topic(STEPS, |topic| {
                topic.description("The steps of the tool `test_tool_with_progress`.");
                topic.allow_anonymous();
            });
            mcp.allow_anonymous();
        })
}
