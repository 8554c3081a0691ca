//! The request of a client, as far as calls need it.

use http::request;
use hyperpoint_core::{Identity, Peer};

/// The request of a client, as far as calls need it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Caller<'a> {
    pub(crate) request: &'a request::Parts,
    pub(crate) identity: &'a Identity,
    pub(crate) peer: Option<Peer>,
}

impl Caller<'_> {
    /// Returns the only value of a header as text. `None` if it is absent, repeated or no text.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        let mut values = self.request.headers.get_all(name).iter();
        let value = values.next()?;
        values.next().is_none().then(|| value.to_str().ok()).flatten().map(str::trim)
    }

    /// Returns whether a header is there, once or several times.
    pub(crate) fn has(&self, name: &str) -> bool {
        self.request.headers.contains_key(name)
    }
}
