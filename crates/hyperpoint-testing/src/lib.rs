//! Reads event streams in tests, as a browser's `EventSource` would: by the rules of the WHATWG
//! standard, with a last id, and with reconnections.
//!
//! One [`Client`] asks an application in memory, another a server by HTTP/1.1, a third by HTTP/2;
//! the test is the same. Each wait ends: what did not come is an error that tells what did.
//!
//! # Example
//!
//! ```
//! use std::time::Duration;
//!
//! use hyperpoint::prelude::*;
//! use hyperpoint_testing::Client;
//!
//! #[derive(Endpoint)]
//! struct Prices;
//!
//! impl Endpoint for Prices {
//!     type Request = ();
//!     type Response = Events<u32>;
//!
//!     fn configure(config: &mut Config) {
//!         config.get("/prices");
//!         config.allow_anonymous();
//!     }
//!
//!     async fn handle(&self, _: (), cx: Cx<'_, Self>) -> Result {
//!         let prices = stream! {
//!             for price in 100.. {
//!                 yield price;
//!                 tokio::time::sleep(Duration::from_secs(3600)).await;
//!             }
//!         };
//!         cx.send.event_stream_async("price", prices).await
//!     }
//! }
//!
//! # #[tokio::main(flavor = "current_thread", start_paused = true)]
//! # async fn main() -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
//! let app = Host::empty().endpoint::<Prices>().build()?;
//! let mut events = Client::new(app).events("/prices").await?;
//! assert_eq!(events.next().await?.data, "100");
//! // With tokio's time paused, the hour is over at once.
//! assert_eq!(events.next().await?.data, "101");
//! # Ok(())
//! # }
//! ```
//!
//! # Not supported
//!
//! TLS, and answers that are no event streams: those need no reader.

mod read_error;
mod patience;
mod transcript;
mod transport;
mod event_reader;
mod events_request;
mod client;

pub use client::Client;
pub use event_reader::{EventReader, Stalled};
pub use events_request::EventsRequest;
pub use read_error::ReadError;

pub use hyperpoint_sse::{Decoded, Event};
