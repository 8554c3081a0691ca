//! HTTP on one socket: which protocol it is, hyper's connection, and the clocks that hyper lacks.

mod activity;
mod clocked_io;
mod sniff;
mod host_header;
mod watched;
mod serve;

pub(crate) use serve::serve;
