//! An MCP request: its head, identity, peer and response.

use std::fmt;
use std::net::{IpAddr, Ipv6Addr};

use http::header::HeaderName;
use http::request;
use hyperpoint_core::answer::Send;
use hyperpoint_core::{Identity, Peer, Problem};
use serde_json::json;

/// The HTTP request of a client, with its identity, peer and response.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Caller<'a> {
    pub(crate) request: &'a request::Parts,
    pub(crate) identity: &'a Identity,
    pub(crate) peer: Option<Peer>,
    /// The response, which may become an event stream.
    pub(crate) response: &'a dyn Reserve,
}

/// A response that may become an event stream.
pub(crate) trait Reserve: fmt::Debug + Sync {
    /// Counts the event stream against the client's limit before the call starts, so that no call
    /// runs whose stream would be refused.
    ///
    /// # Errors
    ///
    /// The problem if the client does not accept events or is at its limit of streams, or if the
    /// host is stopping.
    fn reserve(&self) -> Result<(), Problem>;
}

impl<R> Reserve for Send<'_, R> {
    fn reserve(&self) -> Result<(), Problem> {
        self.reserve_stream()
    }
}

#[cfg(test)]
impl Reserve for () {
    fn reserve(&self) -> Result<(), Problem> {
        Ok(())
    }
}

impl Caller<'_> {
    /// Returns a key of the user, or `None` for an anonymous client. The key contains the scheme,
    /// so that the same subject of two schemes is two users.
    pub(crate) fn user(&self) -> Option<String> {
        let identity = self.identity;
        let subject = identity.subject()?;
        Some(json!([identity.scheme(), identity.origin(), subject]).to_string())
    }

    /// Returns the key by which sessions are counted: the user, or the IPv4 address or IPv6 /64
    /// prefix of an anonymous client. Empty if the address is unknown.
    pub(crate) fn counted_as(&self) -> String {
        let network = || match self.peer.map(|peer| peer.address.ip().to_canonical()) {
            Some(IpAddr::V6(address)) => {
                Ipv6Addr::from_bits(address.to_bits() >> 64 << 64).to_string()
            }
            Some(address) => address.to_string(),
            None => String::new(),
        };
        self.user().unwrap_or_else(network)
    }

    /// Returns the trimmed value of a header, or `None` if it is absent, repeated or not visible
    /// ASCII.
    pub(crate) fn header(&self, name: &HeaderName) -> Option<&str> {
        let mut values = self.request.headers.get_all(name).iter();
        let value = values.next()?;
        values.next().is_none().then(|| value.to_str().ok()).flatten().map(str::trim_ascii)
    }

    /// Returns whether a header is present, once or repeated.
    pub(crate) fn has(&self, name: &HeaderName) -> bool {
        self.request.headers.contains_key(name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_subject_of_two_schemes_is_two_users() {
        let (request, ()) = http::Request::new(()).into_parts();
        let user = |identity: &Identity| {
            Caller { request: &request, identity, peer: None, response: &() }.user()
        };
        let ann = Identity::user("ann");
        let by_key = ann.clone().with_scheme("api-keys");
        let by_token = ann.clone().with_scheme("jwt");
        assert_ne!(user(&by_key), user(&by_token));
        let derived = by_token.clone().derived_from("session");
        assert_ne!(user(&derived), user(&by_token));
        assert_eq!(user(&by_key), user(&ann.with_scheme("api-keys")));
        assert_eq!(user(&Identity::anonymous()), None);
    }
}
