//! Test support for Hyperpoint applications: calls endpoints by their types, and decodes event
//! streams as a browser's `EventSource` does.
//!
//! A [`TestApp`] is a host that belongs to one test, in memory or on a socket. It builds a request
//! from the endpoint's own `configure`, so that a test does not need to write a URL, and decodes
//! responses, problem documents and events. A [`Client`] sends requests by path, also to a server
//! that already runs. Every wait has a timeout. An error on an event stream shows the newest events
//! and comments that were read before it.
//!
//! # Examples
//!
//! ```
//! use std::time::Duration;
//!
//! use hyperpoint::prelude::*;
//! use hyperpoint_testing::TestApp;
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
//!     async fn handle(&self, (): (), cx: Cx<'_, Self>) -> Result {
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
//! let app = TestApp::new(Host::empty().endpoint::<Prices>())?;
//! let mut prices = app.events::<Prices>(&()).await?;
//! assert_eq!(prices.next_data().await?, 100);
//! // Tokio's time is paused, so that the hour passes at once.
//! assert_eq!(prices.next_data().await?, 101);
//! # Ok(())
//! # }
//! ```
//!
//! # Not supported
//!
//! TLS is not supported. Redirects are returned and not followed.

mod read_error;
mod default_timeout;
mod transcript;
mod transport;

mod received_problem;
mod answer;
mod call_error;
mod reading;
mod cookies;
mod caller;

mod event_reader;
mod events_request;
mod typed_events;

mod multipart;
mod call;
mod endpoint_call;

mod client;
mod test_users;
mod test_app;
mod path_calls;

pub use answer::Answer;
pub use call::Call;
pub use call_error::CallError;
pub use client::Client;
pub use endpoint_call::EndpointCall;
pub use event_reader::{EventReader, Stalled};
pub use events_request::EventsRequest;
pub use multipart::Multipart;
pub use read_error::ReadError;
pub use reading::{ReadAnswer, TypedAnswer};
pub use received_problem::{ReceivedFieldError, ReceivedProblem};
pub use test_app::TestApp;
pub use typed_events::{EventsResponse, TypedEvents, TypedEventsRequest};

pub use hyperpoint_sse::{Decoded, Event};

/// The example of the README, compiled and run.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
mod readme {}
