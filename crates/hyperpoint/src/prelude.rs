//! All that an endpoint is written with: `use hyperpoint::prelude::*;`.
//!
//! The type of `cx.send` is not here, but in [`answer`](crate::answer): a glob import of it would
//! hide the marker trait `Send`.

pub use std::sync::Arc;

pub use async_stream::try_stream;
pub use futures_core::Stream;
pub use hyperpoint_core::{
    Config, Cx, Endpoint, Events, Failures, Group, GroupConfig, OrProblem, Problem, Result, Sent,
    from,
};
pub use hyperpoint_host::{Host, HostError};
pub use hyperpoint_macros::{Endpoint, Events, stream};
pub use hyperpoint_sse::{EventId, EventName, StreamItem};
pub use hyperpoint_topics::{SendTopic, Topic, TopicName, TopicTemplate, Topics};
pub use schemars::JsonSchema;
pub use serde::{Deserialize, Serialize};
pub use uuid::Uuid;
