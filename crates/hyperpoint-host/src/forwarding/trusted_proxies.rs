//! Trusted proxies, and the client address that they report.

use std::net::{IpAddr, SocketAddr};

use http::header::{FORWARDED, HeaderMap, HeaderName};
use hyperpoint_core::Peer;

use super::network::Network;

/// The header in which proxies report the client's address. Only one of the two headers is read: a
/// proxy that sets one of them forwards the other unchanged from the client.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ForwardedBy {
    /// `Forwarded` (RFC 7239).
    Forwarded,
    /// `X-Forwarded-For`.
    XForwardedFor,
}

const X_FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");

/// The proxies whose forwarding header is trusted.
#[derive(Clone, Debug)]
pub(crate) struct TrustedProxies {
    header: ForwardedBy,
    networks: Vec<Network>,
    /// Whether every peer on a Unix socket is trusted.
    trusts_unix: bool,
    /// The given strings that are not valid networks.
    invalid: Vec<String>,
}

impl TrustedProxies {
    /// Creates the set of trusted proxies: all addresses in these networks. The text `unix` trusts
    /// every peer on a Unix socket.
    pub(crate) fn new(header: ForwardedBy, networks: impl IntoIterator<Item: AsRef<str>>) -> Self {
        let (mut read, mut invalid, mut trusts_unix) = (Vec::new(), Vec::new(), false);
        for text in networks {
            match (text.as_ref(), Network::parse(text.as_ref())) {
                ("unix", _) => trusts_unix = true,
                (_, Some(network)) => read.push(network),
                (text, None) => invalid.push(text.to_owned()),
            }
        }
        Self { header, networks: read, trusts_unix, invalid }
    }

    /// Returns a one-sentence configuration error for each invalid network.
    pub(crate) fn config_errors(&self) -> impl Iterator<Item = String> {
        let of = match self.header {
            ForwardedBy::Forwarded => "trust_forwarded",
            ForwardedBy::XForwardedFor => "trust_x_forwarded_for",
        };
        self.invalid.iter().map(move |text| {
            format!(
                "the host's `{of}`: `{text}` is not a network: write one such as 10.0.0.0/8 or \
                 fd00::/8, an address, or unix"
            )
        })
    }

    /// Returns the client: the peer, or the client that the header reports if the peer is a trusted
    /// proxy. Reads the addresses in the header from the last to the first, and stops after an
    /// address that is not a trusted proxy, or before an unreadable one. Returns the address that
    /// was read most recently, or the peer if no address was read.
    pub(crate) fn client(&self, peer: Option<Peer>, headers: &HeaderMap) -> Option<Peer> {
        let is_trusted = peer.map_or(self.trusts_unix, |peer| self.trusts(peer.address.ip()));
        if !is_trusted {
            return peer;
        }
        let mut client = peer;
        for address in self.addresses(headers).into_iter().rev() {
            // An unreadable address makes all addresses before it untrustworthy.
            let Some(address) = address else {
                break;
            };
            client = Some(Peer::new(address));
            if !self.trusts(address.ip()) {
                break;
            }
        }
        client
    }

    /// Returns whether the address belongs to a trusted proxy.
    fn trusts(&self, address: IpAddr) -> bool {
        self.networks.iter().any(|network| network.contains(address))
    }

    /// Returns the addresses in the header, in order, with `None` for an unreadable one.
    fn addresses(&self, headers: &HeaderMap) -> Vec<Option<SocketAddr>> {
        let name = match self.header {
            ForwardedBy::Forwarded => FORWARDED,
            ForwardedBy::XForwardedFor => X_FORWARDED_FOR,
        };
        let values = headers.get_all(name).iter();
        // The values are split as bytes, because the part that the client sent may not be valid
        // text.
        let parts = values.flat_map(|value| value.as_bytes().split(|byte| *byte == b','));
        let named = parts.map(|part| {
            let part = std::str::from_utf8(part).ok()?;
            match self.header {
                ForwardedBy::Forwarded => forwarded_for(part).and_then(address),
                ForwardedBy::XForwardedFor => address(part.trim()),
            }
        });
        named.collect()
    }
}

/// Returns the value of the parameter `for` in one element of `Forwarded`, without quotes, or
/// `None` if it is absent.
fn forwarded_for(element: &str) -> Option<&str> {
    element.split(';').find_map(|pair| {
        let (name, value) = pair.split_once('=')?;
        name.trim().eq_ignore_ascii_case("for").then(|| value.trim().trim_matches('"'))
    })
}

/// Parses an address with an optional port, 0 if absent. An IPv6 address with a port must be in
/// brackets. Returns `None` if the text is not an address.
fn address(text: &str) -> Option<SocketAddr> {
    let bare = text.strip_prefix('[').and_then(|text| text.strip_suffix(']')).unwrap_or(text);
    let without_port = |address: IpAddr| SocketAddr::new(address, 0);
    text.parse().ok().or_else(|| bare.parse().ok().map(without_port))
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    #[track_caller]
    fn check(header: ForwardedBy, peer: &str, values: &[&str], expected: &str) {
        let trusted = TrustedProxies::new(header, ["10.0.0.0/8", "fd00::/8", "unix"]);
        let name = match header {
            ForwardedBy::Forwarded => FORWARDED,
            ForwardedBy::XForwardedFor => X_FORWARDED_FOR,
        };
        let mut headers = HeaderMap::new();
        for value in values {
            headers.append(&name, HeaderValue::from_str(value).unwrap());
        }
        let peer = peer.parse().ok().map(Peer::new);
        let client = trusted.client(peer, &headers).map(|peer| peer.address.to_string());
        assert_eq!(client.as_deref().unwrap_or("none"), expected, "{values:?}");
    }

    #[test]
    fn only_a_trusted_proxy_can_set_the_client_address() {
        use ForwardedBy::XForwardedFor as By;
        check(By, "10.0.0.1:5", &[], "10.0.0.1:5");
        check(By, "10.0.0.1:5", &["192.0.2.7"], "192.0.2.7:0");
        check(By, "10.0.0.1:5", &["192.0.2.7:80"], "192.0.2.7:80");
        check(By, "192.0.2.1:5", &["192.0.2.7"], "192.0.2.1:5");
        check(By, "unix", &["192.0.2.7"], "192.0.2.7:0");
        check(By, "unix", &[], "none");
        check(By, "10.0.0.1:5", &["2001:db8::7"], "[2001:db8::7]:0");
        check(By, "10.0.0.1:5", &["[2001:db8::7]:80"], "[2001:db8::7]:80");
    }

    #[test]
    fn addresses_that_the_client_sent_are_not_trusted() {
        use ForwardedBy::XForwardedFor as By;
        // Non-ASCII bytes from the client do not hide the address that the proxy appended.
        check(By, "10.0.0.1:5", &["é, 192.0.2.7"], "192.0.2.7:0");
        check(By, "10.0.0.1:5", &["é, 192.0.2.7, 10.0.0.9"], "192.0.2.7:0");
        check(ForwardedBy::Forwarded, "10.0.0.1:5", &["for=é, for=192.0.2.7"], "192.0.2.7:0");
        check(ForwardedBy::Forwarded, "10.0.0.1:5", &["for=\", for=192.0.2.7"], "192.0.2.7:0");
        check(By, "10.0.0.1:5", &["1.1.1.1, 192.0.2.7"], "192.0.2.7:0");
        check(By, "10.0.0.1:5", &["1.1.1.1, 192.0.2.7, 10.0.0.9"], "192.0.2.7:0");
        check(By, "10.0.0.1:5", &["1.1.1.1", "192.0.2.7", "10.0.0.9"], "192.0.2.7:0");
        check(By, "10.0.0.1:5", &["1.1.1.1, unknown, 10.0.0.9"], "10.0.0.9:0");
        check(By, "10.0.0.1:5", &["1.1.1.1, "], "10.0.0.1:5");
    }

    #[test]
    fn rfc_7239_4_the_for_of_each_element_is_read() {
        use ForwardedBy::Forwarded as By;
        check(By, "10.0.0.1:5", &["for=192.0.2.7;proto=https"], "192.0.2.7:0");
        check(By, "10.0.0.1:5", &["proto=https; For=\"[2001:db8::7]:80\""], "[2001:db8::7]:80");
        check(By, "10.0.0.1:5", &["for=1.1.1.1, for=192.0.2.7, for=10.0.0.9"], "192.0.2.7:0");
        check(By, "10.0.0.1:5", &["for=_hidden"], "10.0.0.1:5");
    }
}
