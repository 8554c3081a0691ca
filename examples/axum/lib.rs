//! An application of axum with a topic that resumes, and with endpoints of Hyperpoint mounted in it.

mod server;

pub use server::{Reading, Server, Shared};
