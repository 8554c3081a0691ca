//! The items that most endpoints need: `use hyperpoint::prelude::*;`.
//!
//! The type of `cx.send` is not part of the prelude: a glob import of
//! [`answer::Send`](crate::answer::Send) would hide the marker trait `Send`. Import it from
//! [`answer`](crate::answer).
//!
//! # Examples
//!
//! ```
//! use hyperpoint::prelude::*;
//!
//! #[derive(Deserialize, JsonSchema)]
//! struct HelloRequest {
//!     name: String,
//! }
//!
//! #[derive(Endpoint)]
//! struct Hello;
//!
//! impl Endpoint for Hello {
//!     type Request = HelloRequest;
//!     type Response = String;
//!
//!     fn configure(config: &mut Config) {
//!         config.get("/hello/{name}");
//!         config.allow_anonymous();
//!     }
//!
//!     async fn handle(&self, request: HelloRequest, cx: Cx<'_, Self>) -> Result {
//!         cx.send.string_async(format!("Hello, {}!", request.name)).await
//!     }
//! }
//! ```

pub use std::sync::Arc;

pub use futures_core::Stream;
pub use hyperpoint_core::{
    Config, Cx, Endpoint, Events, Failures, Group, GroupConfig, OrProblem, Problem, Result, Sent,
    from,
};
pub use hyperpoint_host::{Host, HostError, SendTopic};
pub use hyperpoint_macros::{Endpoint, Events, stream, try_stream};
pub use hyperpoint_sse::{EventId, EventName, StreamItem};
pub use hyperpoint_topics::{Topic, TopicName, TopicTemplate, Topics};
pub use schemars::JsonSchema;
pub use serde::{Deserialize, Serialize};
pub use uuid::Uuid;
