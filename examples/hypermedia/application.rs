//! The host.

use hyperpoint::prelude::*;

pub use crate::pages::Scripts;
use crate::poll::Poll;

/// Builds the application with an empty poll. Its pages load their scripts from there.
pub fn application(scripts: Scripts) -> Host {
    Host::new().service(Arc::new(Poll::default())).service(Arc::new(scripts))
}
