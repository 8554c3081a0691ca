//! `stream!`: that of async-stream, but for `?`, which belongs in `try_stream!`.

mod expand;
mod question_mark;

pub(crate) use expand::expand;
