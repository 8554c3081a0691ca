//! The common parts of the servers of the bench: their data and their command line.
//!
//! Each server takes `--bind ADDR`, prints `listening on http://ADDR`, exits on SIGTERM, and serves:
//!
//! * `GET /plaintext` and `GET /json`: a short text and a small object,
//! * `POST /echo`: the JSON of the request body, decoded and encoded again,
//! * `PUT /orders/ID/CUSTOMER`: a validated body, returned with both values of the path,
//! * `GET /events`: events as fast as the client reads them,
//! * `GET /idle`: a stream without events,
//! * `GET /topic` and `POST /publish`: a published event goes to all streams of the topic.
//!
//! The servers with TLS serve `GET /idle` only, and take `--tls CERTIFICATE KEY`, two PEM files.

mod payload;
mod command_line;

pub use command_line::{WORKER, address, announce, runtime, terminated, tls};
pub use payload::{Echo, MARK, Order, OrderBody, Reading, TEXT, Tick};
