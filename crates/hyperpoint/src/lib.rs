//! An endpoint framework over hyper, in the style of FastEndpoints: one struct is one endpoint.
//!
//! `configure` sets the route of an endpoint and its authorization, `handle` processes a request
//! and sends the response, and `#[derive(Endpoint)]` registers the endpoint with every
//! [`Host::new`]. The main feature is Server-Sent Events: pass any stream to
//! `cx.send.event_stream_async`.
//!
//! This crate is the public interface of Hyperpoint. It re-exports items of the other crates and
//! contains no logic. Import [`prelude`] to write endpoints.
//!
//! # Features
//!
//! Enabled by default: `auth` (`schemes`: sessions, API keys, tickets), `file-types` (the content
//! type of a file by its name) and `http2`. Disabled by default: `compression`, `garde`, `jwt`,
//! `mcp`, `mcp-handler`, `metrics`, `multipart`, `nats`, `openapi`, `prometheus`, `sqlite` and
//! `tls`. The documentation of an item names the feature that it requires. The chapter "Costs" of
//! the guide lists the number of packages that each feature adds.
//!
//! # Examples
//!
//! ```no_run
//! use hyperpoint::prelude::*;
//!
//! /// GET /event-stream: sends a new GUID every second.
//! #[derive(Endpoint)]
//! struct EventStream;
//!
//! impl Endpoint for EventStream {
//!     type Request = ();
//!     type Response = Events<serde_json::Value>;
//!
//!     fn configure(config: &mut Config) {
//!         config.get("/event-stream");
//!         config.allow_anonymous();
//!         config.cors(|cors| cors.allow_any_origin());
//!     }
//!
//!     async fn handle(&self, (): (), cx: Cx<'_, Self>) -> Result {
//!         cx.send.event_stream_async("my-event", guids()).await
//!     }
//! }
//!
//! fn guids() -> impl Stream<Item = serde_json::Value> {
//!     stream! {
//!         loop {
//!             tokio::time::sleep(std::time::Duration::from_secs(1)).await;
//!             yield serde_json::json!({ "guid": Uuid::new_v4() });
//!         }
//!     }
//! }
//!
//! #[tokio::main]
//! async fn main() -> Result<(), HostError> {
//!     Host::new().bind("127.0.0.1:8080").run().await
//! }
//! ```

#[cfg(feature = "openapi")]
pub mod openapi;
pub mod prelude;

pub use bytes;
pub use http;
#[cfg(feature = "auth")]
pub use hyperpoint_auth as schemes;
pub use hyperpoint_core::{
    Alternatives, ByteStream, ETag, FileRoot, IntoPiece, JsonOrEvents, Links, ServedFile,
    Validators,
};
pub use hyperpoint_core::{
    Answer, AuthenticationScheme, Body, BodyStream, Carrier, Checked, Config, Cors, Cx, Dependency,
    Endpoint, EventSink, EventStream, Events, Failures, FromBody, FromRequest, Identity, IntoEvent,
    IntoItem, IntoStreamItem, JsonData, OnError, OpenEventStream, OrProblem, Peer, PlainAnswer,
    Problem, Raw, Redirect, Reply, Result, Sent, Services, StillHolds, StopRequested, Stopping,
    Tasks, answer, async_trait, from,
};
pub use hyperpoint_core::{Deprecation, RateLimit};
pub use hyperpoint_core::{ErrorBody, FieldError, PublicProblem};
pub use hyperpoint_core::{
    FromServices, Outcome, PostCx, PostProcessor, PreCx, PreProcessor, State, StreamEnd,
    StreamKind, StreamOptions, StreamReport,
};
pub use hyperpoint_core::{Group, GroupConfig, Settings};
#[cfg(feature = "multipart")]
pub use hyperpoint_core::{Multipart, Part};
pub use hyperpoint_core::{QueryToken, Trace, TraceContext};
#[cfg(feature = "prometheus")]
pub use hyperpoint_host::Prometheus;
#[cfg(feature = "tls")]
pub use hyperpoint_host::Tls;
pub use hyperpoint_host::{Application, Health, HealthChecks, Host, HostError, Running, Traces};
pub use hyperpoint_host::{SendTopic, TopicStream};
pub use hyperpoint_macros::{Answer, Endpoint, Events, FromServices};
#[cfg(feature = "mcp")]
pub use hyperpoint_mcp as mcp;
#[cfg(feature = "nats")]
pub use hyperpoint_nats as nats;
#[cfg(feature = "sqlite")]
pub use hyperpoint_sqlite as sqlite;
pub use hyperpoint_sse::{self as sse, EventId, EventName, StreamItem, TypedEvent};
pub use hyperpoint_topics::{
    self as topics, Gap, GapReason, OnLag, Publish, PublishError, Published, Subscribe, Topic,
    TopicEvent, TopicLimits, TopicName, TopicSet, TopicTemplate, Topics, TopicsOptions,
};

// Items for manual impls of `FromRequest`, for generic responses, and for options.
pub use hyperpoint_core::config::Origins;
pub use hyperpoint_core::config::{LOOPBACK_HOSTS, LOOPBACK_ORIGINS};
pub use hyperpoint_core::stream::event_schemas;
pub use hyperpoint_core::{EventAnswer, bind::Incoming, request_body::RequestBody};
pub use hyperpoint_host::ServerOptions;

/// Items that generated code refers to. They are not part of the public interface.
#[doc(hidden)]
pub mod __private {
    pub use hyperpoint_core::__register_events as register_events;
    pub use hyperpoint_core::answer::{Alternative, PossibleAnswer};
    pub use hyperpoint_core::endpoint::Registration;
    pub use hyperpoint_core::generated_stream::{GeneratedStream, next, slot};
    pub use hyperpoint_core::services::{Declared, FromServices, Resolver};
    pub use hyperpoint_core::stream::ReservedEvents;
    pub use hyperpoint_sse::{EventId, EventName, InvalidEventId, TypedEvent};
    pub use inventory;
    pub use serde::Serialize;
}

/// The examples of the README and the guide, which are compiled and run as doc tests.
#[cfg(doctest)]
mod guide {
    #[doc = include_str!("../../../README.md")]
    mod readme {}
    #[doc = include_str!("../../../docs/guide/01-first-endpoint.md")]
    mod first_endpoint {}
    #[doc = include_str!("../../../docs/guide/02-requests.md")]
    mod requests {}
    #[doc = include_str!("../../../docs/guide/03-answers.md")]
    mod answers {}
    #[doc = include_str!("../../../docs/guide/04-event-streams.md")]
    mod event_streams {}
    #[doc = include_str!("../../../docs/guide/05-security.md")]
    mod security {}
    #[doc = include_str!("../../../docs/guide/06-host.md")]
    mod host {}
    #[doc = include_str!("../../../docs/guide/11-groups-and-processors.md")]
    mod groups_and_processors {}
    #[doc = include_str!("../../../docs/guide/12-deployment.md")]
    mod deployment {}
    #[doc = include_str!("../../../docs/guide/13-observability.md")]
    mod observability {}
    #[doc = include_str!("../../../docs/guide/14-coming-from-fastendpoints.md")]
    mod coming_from_fastendpoints {}
    #[doc = include_str!("../../../docs/guide/15-coming-from-axum.md")]
    mod coming_from_axum {}
    #[doc = include_str!("../../../docs/guide/16-who-reads-your-stream.md")]
    mod who_reads_your_stream {}
    #[doc = include_str!("../../../docs/guide/17-language-model-apis.md")]
    mod language_model_apis {}
    #[cfg(feature = "openapi")]
    #[doc = include_str!("../../../docs/guide/18-openapi.md")]
    mod openapi {}
    #[doc = include_str!("../../../docs/guide/19-running-topics.md")]
    mod running_topics {}
    #[cfg(feature = "mcp-handler")]
    #[doc = include_str!("../../../docs/guide/20-tools-for-agents.md")]
    mod tools_for_agents {}
    #[doc = include_str!("../../../docs/guide/07-testing.md")]
    mod testing {}
    #[doc = include_str!("../../../docs/guide/10-topics.md")]
    mod topics {}
}
