//! Measures the cost of a tool call compared with a direct request to its endpoint, over a
//! connection.

use std::error::Error;

use crate::client::{Client, request};
use crate::counts::{FEW_REQUESTS, MANY_REQUESTS, TOOLS, count, has_valgrind};
use crate::cpu::{REQUESTS_PER_ROUND, ROUNDS, as_f64, median, micros_of};
use crate::process::Process;
use crate::report::Report;
use crate::server::{self, Server};

/// The names of request cases, each with the arguments of a tool call that sends the same request.
const TOOL_CASES: [(&str, &str); 2] = [
    ("echo", r#"{"name":"north-tower","count":42,"tags":["one","two","three"]}"#),
    ("order", r#"{"id":70001,"customer":"north tower","count":42,"tags":["one","two","three"]}"#),
];

/// The text that each successful result contains.
const SUCCESS: &[u8] = br#""isError":false"#;

/// A revision of the protocol, with the headers and parameters that its clients send with each
/// call.
struct Revision {
    name: &'static str,
    /// The headers, with `TOOL` as a placeholder for the name of the tool.
    headers: &'static str,
    /// The JSON of a further member of the parameters, with a leading comma, or an empty string.
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

/// A measured request: direct, or as a tool call.
struct Case {
    name: String,
    /// The bytes of the request.
    message: Vec<u8>,
    /// A part of each successful response.
    success: &'static [u8],
}

/// Measures direct requests to endpoints and the same requests as tool calls. Without Valgrind,
/// instructions and allocations are not counted, and a note is added to the report.
pub(crate) fn measure(report: &mut Report) -> Result<(), Box<dyn Error>> {
    let server = server::build_mcp()?;
    let cases = cases();
    if has_valgrind(report) {
        measure_counts(&server, &cases, report)?;
    }
    measure_cpu(&server, &cases, report)
}

fn measure_counts(
    server: &Server,
    cases: &[Case],
    report: &mut Report,
) -> Result<(), Box<dyn Error>> {
    for tool in &TOOLS {
        let metric = format!("{} per request", tool.metric);
        for Case { name, message, success } in cases {
            let total = count(tool, server, [FEW_REQUESTS, MANY_REQUESTS], |client, requests| {
                client.exchange(message, success, requests)
            })?;
            let each = total / as_f64(MANY_REQUESTS - FEW_REQUESTS);
            report.row(name, &server.name, &metric, each);
        }
    }
    Ok(())
}

/// Measures the CPU time per request, including that of the kernel. Reports medians over rounds, in
/// each of which the cases run in turn.
fn measure_cpu(server: &Server, cases: &[Case], report: &mut Report) -> Result<(), Box<dyn Error>> {
    let process = Process::start(&server.command)?;
    let mut rounds = vec![Vec::new(); cases.len()];
    for _ in 0..ROUNDS {
        for (Case { message, success, .. }, micros) in cases.iter().zip(&mut rounds) {
            let requests = REQUESTS_PER_ROUND.into();
            let work = |client: &mut Client| client.exchange(message, success, requests);
            micros.push(micros_of(&process, work)?);
        }
    }
    for (case, micros) in cases.iter().zip(rounds) {
        let per = median(micros) / f64::from(REQUESTS_PER_ROUND);
        report.row(&case.name, &server.name, "CPU microseconds per request", per);
    }
    Ok(())
}

fn cases() -> Vec<Case> {
    let mut cases = Vec::new();
    for (endpoint, arguments) in TOOL_CASES {
        let name = endpoint.to_owned();
        cases.push(Case { name, message: request(endpoint), success: b"" });
        for revision in &REVISIONS {
            let name = format!("{endpoint} as a tool, {}", revision.name);
            let message = revision.call(endpoint, arguments);
            cases.push(Case { name, message, success: SUCCESS });
        }
    }
    cases
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
