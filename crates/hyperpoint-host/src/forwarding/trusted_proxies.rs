//! Proxies that are believed, and what they say of who asks.

use std::net::{IpAddr, SocketAddr};

use http::header::{FORWARDED, HeaderMap, HeaderName};
use hyperpoint_core::Peer;

use super::network::Network;

/// The header in which proxies say who asks. It is one: a proxy that sets one of them passes the
/// other on as a client has sent it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ForwardedBy {
    /// `Forwarded` (RFC 7239).
    Forwarded,
    /// `X-Forwarded-For`.
    XForwardedFor,
}

const X_FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");

/// Proxies that are believed.
#[derive(Clone, Debug)]
pub(crate) struct TrustedProxies {
    header: ForwardedBy,
    networks: Vec<Network>,
    /// Whether whoever connects to a socket that is a file is believed.
    trusts_files: bool,
    /// What could not be read as a network.
    wrong: Vec<String>,
}

impl TrustedProxies {
    /// Those of these networks; `unix` for all that connect to a socket that is a file.
    pub(crate) fn new(header: ForwardedBy, networks: impl IntoIterator<Item: AsRef<str>>) -> Self {
        let (mut read, mut wrong, mut trusts_files) = (Vec::new(), Vec::new(), false);
        for text in networks {
            match (text.as_ref(), Network::parse(text.as_ref())) {
                ("unix", _) => trusts_files = true,
                (_, Some(network)) => read.push(network),
                (text, None) => wrong.push(text.to_owned()),
            }
        }
        Self { header, networks: read, trusts_files, wrong }
    }

    /// What is no network, a sentence each.
    pub(crate) fn mistakes(&self) -> impl Iterator<Item = String> {
        let of = match self.header {
            ForwardedBy::Forwarded => "trust_forwarded",
            ForwardedBy::XForwardedFor => "trust_x_forwarded_for",
        };
        self.wrong.iter().map(move |text| {
            format!(
                "the host's `{of}`: `{text}` is no network: write one such as 10.0.0.0/8, fd00::/8, \
                 an address, or unix"
            )
        })
    }

    /// Who asks: the last of those named that is no trusted proxy, if the other end is one.
    pub(crate) fn client(&self, peer: Option<Peer>, headers: &HeaderMap) -> Option<Peer> {
        let is_trusted = peer.map_or(self.trusts_files, |peer| self.trusts(peer.address.ip()));
        if !is_trusted {
            return peer;
        }
        let mut client = peer;
        for named in self.named(headers).into_iter().rev() {
            // What can't be read hides whoever is behind it.
            let Some(address) = named else {
                break;
            };
            client = Some(Peer::new(address));
            if !self.trusts(address.ip()) {
                break;
            }
        }
        client
    }

    fn trusts(&self, address: IpAddr) -> bool {
        self.networks.iter().any(|network| network.contains(address))
    }

    /// The addresses that the header names, from the first to the last.
    fn named(&self, headers: &HeaderMap) -> Vec<Option<SocketAddr>> {
        let name = match self.header {
            ForwardedBy::Forwarded => FORWARDED,
            ForwardedBy::XForwardedFor => X_FORWARDED_FOR,
        };
        let values = headers.get_all(name).iter();
        let parts = values.flat_map(|value| value.to_str().unwrap_or_default().split(','));
        parts
            .map(|part| match self.header {
                ForwardedBy::Forwarded => forwarded_for(part).and_then(address),
                ForwardedBy::XForwardedFor => address(part.trim()),
            })
            .collect()
    }
}

/// The `for` of one element of `Forwarded`.
fn forwarded_for(element: &str) -> Option<&str> {
    element.split(';').find_map(|pair| {
        let (name, value) = pair.split_once('=')?;
        name.trim().eq_ignore_ascii_case("for").then(|| value.trim().trim_matches('"'))
    })
}

/// An address with or without a port; port 0 stands for none. IPv6 is in brackets where it has one.
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
        assert_eq!(client.as_deref().unwrap_or("nobody"), expected, "{values:?}");
    }

    #[test]
    fn only_a_trusted_proxy_says_who_asks() {
        use ForwardedBy::XForwardedFor as By;
        check(By, "10.0.0.1:5", &[], "10.0.0.1:5");
        check(By, "10.0.0.1:5", &["192.0.2.7"], "192.0.2.7:0");
        check(By, "10.0.0.1:5", &["192.0.2.7:80"], "192.0.2.7:80");
        check(By, "192.0.2.1:5", &["192.0.2.7"], "192.0.2.1:5");
        check(By, "unix", &["192.0.2.7"], "192.0.2.7:0");
        check(By, "unix", &[], "nobody");
        check(By, "10.0.0.1:5", &["2001:db8::7"], "[2001:db8::7]:0");
        check(By, "10.0.0.1:5", &["[2001:db8::7]:80"], "[2001:db8::7]:80");
    }

    #[test]
    fn what_a_client_sent_itself_does_not_count() {
        use ForwardedBy::XForwardedFor as By;
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
