//! Counts what a call of a tool costs beside the request of its endpoint, over a connection.

use std::error::Error;

use crate::client::request;
use crate::counts::{FEW_REQUESTS, MANY_REQUESTS, TOOLS, count, has_valgrind};
use crate::report::Report;
use crate::server;

/// The endpoints, by the names of their request cases, and the arguments of the same request as a call.
const TOOL_CASES: [(&str, &str); 2] = [
    ("echo", r#"{"name":"north-tower","count":42,"tags":["one","two","three"]}"#),
    ("order", r#"{"id":70001,"customer":"north tower","count":42,"tags":["one","two","three"]}"#),
];

/// The text that each successful result has.
const SUCCESS: &[u8] = br#""isError":false"#;

/// A revision of the protocol, with what its clients send with each call.
struct Revision {
    name: &'static str,
    /// The headers, with `TOOL` for the name of the tool.
    headers: &'static str,
    /// A member of the parameters.
    meta: &'static str,
}

const REVISIONS: [Revision; 2] = [
    Revision {
        name: "2026-07-28",
        headers: "MCP-Protocol-Version: 2026-07-28\r\nMcp-Method: tools/call\r\nMcp-Name: TOOL\r\n",
        meta: r#","_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28","io.modelcontextprotocol/clientInfo":{"name":"bench","version":"1.0.0"},"io.modelcontextprotocol/clientCapabilities":{}}"#,
    },
    Revision {
        name: "2025-11-25",
        headers: "MCP-Protocol-Version: 2025-11-25\r\n\
                  Mcp-Session-Id: 67e55044-10b1-426f-9247-bb680e5fe0c8\r\n",
        meta: "",
    },
];

/// Measures requests of endpoints and the same as calls. Without Valgrind, the report gets a note.
pub(crate) fn measure(report: &mut Report) -> Result<(), Box<dyn Error>> {
    if !has_valgrind(report) {
        return Ok(());
    }
    let server = server::build_mcp()?;
    for tool in &TOOLS {
        let metric = format!("{} per request", tool.metric);
        let mut row = |case: &str, message: &[u8], success: &[u8]| {
            let total = count(tool, &server, [FEW_REQUESTS, MANY_REQUESTS], |client, requests| {
                client.exchange(message, success, requests)
            })?;
            let each = total / as_f64(MANY_REQUESTS - FEW_REQUESTS);
            report.row(case, &server.name, &metric, each);
            Ok::<(), Box<dyn Error>>(())
        };
        for (endpoint, arguments) in TOOL_CASES {
            row(endpoint, &request(endpoint), b"")?;
            for revision in &REVISIONS {
                let case = format!("{endpoint} as a tool, {}", revision.name);
                row(&case, &revision.call(endpoint, arguments), SUCCESS)?;
            }
        }
    }
    Ok(())
}

impl Revision {
    /// Returns the bytes of a request that calls a tool.
    fn call(&self, tool: &str, arguments: &str) -> Vec<u8> {
        let Self { headers, meta, .. } = self;
        let headers = headers.replace("TOOL", tool);
        let body = format!(
            r#"{{"jsonrpc":"2.0","id":7,"method":"tools/call","params":{{"name":"{tool}","arguments":{arguments}{meta}}}}}"#
        );
        let head = format!(
            "POST /mcp HTTP/1.1\r\nHost: localhost\r\nAccept: application/json, text/event-stream\r\n\
             Content-Type: application/json\r\nContent-Length: {}\r\n{headers}\r\n",
            body.len()
        );
        format!("{head}{body}").into_bytes()
    }
}

#[expect(clippy::cast_precision_loss, reason = "counts here are far below 2^52")]
fn as_f64(count: u64) -> f64 {
    count as f64
}
