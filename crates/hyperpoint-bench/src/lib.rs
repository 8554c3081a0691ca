//! The code that the benchmark servers share: request and response data, and the command line.
//!
//! Each server takes `--bind ADDR`, prints `listening on http://ADDR`, exits on SIGTERM, and
//! serves:
//!
//! * `GET /plaintext` and `GET /json`: a short text and a small object,
//! * `POST /echo`: the JSON of the request body, decoded and encoded again,
//! * `PUT /orders/ID/CUSTOMER`: a validated body, returned with both values of the path,
//! * `GET /events`: events as fast as the client reads them,
//! * `GET /idle`: a stream without events,
//! * `GET /topic` and `POST /publish`: each published event is sent on all streams of the topic.
//!
//! The servers with TLS serve only `GET /idle`. They take the paths of two PEM files with
//! `--tls CERTIFICATE KEY`. The server with tools serves only `POST /echo`,
//! `PUT /orders/ID/CUSTOMER` and `POST /mcp`.

mod payload;
mod command_line;

pub use command_line::{WORKER, address, announce, runtime, terminated, tls};
pub use payload::{Echo, MARK, Order, OrderBody, Reading, TEXT, Tick};
