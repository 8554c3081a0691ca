//! What the servers of the bench have in common: the data they answer, and how they are started.
//!
//! Each server answers `GET /plaintext`, `GET /json`, `POST /echo`, `PUT /orders/ID/CUSTOMER`
//! (a checked body, told with both), `GET /events` (events as fast as they are taken), `GET /idle`
//! (a stream without events), `GET /topic` and `POST /publish` (what is published goes to all
//! streams of the topic), takes `--bind ADDR`, prints `listening on http://ADDR`, and ends on
//! SIGTERM. Those that speak TLS answer `GET /idle`, and take `--tls CERTIFICATE KEY`, of PEM files.

mod payload;
mod command_line;

pub use command_line::{address, announce, terminated, tls};
pub use payload::{Echo, MARK, Order, OrderBody, Reading, TEXT, Tick};
