//! Endpoints, responses, binding and problem documents: the parts of Hyperpoint that need no
//! socket.
//!
//! Applications import the `hyperpoint` crate, which re-exports the public items of this crate.
//! This crate depends neither on hyper nor on sockets, and contains no cryptography. It spawns only
//! the tasks that handlers and processors spawn with `cx.tasks`, the post-processors of requests
//! whose future was dropped, blocking file operations, and one clock task for all event streams of
//! a host.
//!
//! After the head of a streamed response is sent, the body owns the future of the handler and polls
//! it, so the handler makes progress only while the body is polled. See [`exchange`].

mod framing;
pub mod accept;
#[doc(hidden)]
pub mod generated_stream;
pub mod cookies;
pub mod origin;
pub mod trace_context;
pub mod route;
pub mod problem;
pub mod identity;
pub mod services;
pub mod link_table;
pub mod lifetime;
pub mod host_state;
pub mod peer;
mod state;
pub mod exchange;
pub mod request_body;
pub mod response_body;
pub mod content;
pub mod stream;
pub mod bind;
pub mod links;
pub mod answer;
pub mod processor;
pub mod config;
pub mod endpoint;

pub use answer::{
    Alternatives, Answer, EventAnswer, Events, JsonOrEvents, PlainAnswer, Redirect, Reply,
};
pub use async_trait::async_trait;
pub use bind::{FromBody, FromRequest, Raw, from};
#[cfg(feature = "multipart")]
pub use bind::{Multipart, Part};
pub use config::{Config, Cors, Group, GroupConfig, Settings};
pub use config::{Deprecation, RateLimit};
pub use content::{ETag, FileRoot, ServedFile, Validators};
pub use endpoint::{Cx, Endpoint, Result};
pub use exchange::Sent;
pub use hyperpoint_sse::stream::{
    Frame, FrameEnd, FrameSource, OnError, StopRequested, Stopping, StreamEnd, StreamKind,
    StreamOptions, StreamReport,
};
pub use identity::{AuthenticationScheme, Carrier, Identity, QueryToken, StillHolds};
#[cfg(feature = "contract")]
#[doc(hidden)]
pub use inventory as __inventory;
pub use lifetime::Tasks;
pub use links::Links;
pub use peer::Peer;
pub use problem::{Checked, ErrorBody, Failures, FieldError, OrProblem, Problem, PublicProblem};
pub use processor::{Outcome, PostCx, PostProcessor, PreCx, PreProcessor};
pub use request_body::BodyStream;
pub use response_body::{Body, EventBody};
pub use route::{InvalidRouteTemplate, RouteTemplate};
pub use services::{Declared, Dependency, FromServices, Services};
pub use state::State;
pub use stream::{ByteStream, IntoPiece};
pub use stream::{
    EventSink, EventStream, FrameStream, IntoEvent, IntoItem, IntoStreamItem, JsonData,
    OpenEventStream,
};
pub use trace_context::{Trace, TraceContext};
