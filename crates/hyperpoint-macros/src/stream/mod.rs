//! `stream!` and `try_stream!`, which create a stream from a block.

mod inner_streams;
mod for_await;
mod question_mark;
mod yields;
mod expand;

pub(crate) use expand::{expand, expand_fallible};
