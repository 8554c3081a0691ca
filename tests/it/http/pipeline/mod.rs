//! The pipeline around an endpoint: tower layers, processors, and what a panic costs.

mod service;
mod layers;
mod endpoint_layers;
mod processors;
mod byte_stream_outcomes;
mod answering_before;
mod panics;
