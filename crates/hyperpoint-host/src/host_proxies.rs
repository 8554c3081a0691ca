//! The methods of [`Host`] that trust proxies.

use crate::forwarding::{ForwardedBy, TrustedProxies};
use crate::host::Host;

impl Host {
    /// Trusts these proxies to report the client's address in `X-Forwarded-For`. On a connection
    /// from one of them, the addresses in the header are read from the last to the first, and
    /// `cx.peer` is the first of these that does not belong to a trusted proxy. If the start of the
    /// header or an invalid entry comes first, `cx.peer` is the last address that was read, or the
    /// address of the connection if none was. Accepts networks such as `10.0.0.0/8`, addresses, and
    /// `unix` for every peer on a Unix socket. Default: no proxy is trusted.
    ///
    /// # Examples
    ///
    /// ```
    /// use hyperpoint::Host;
    ///
    /// let host = Host::new().trust_x_forwarded_for(["10.0.0.0/8", "fd00::/8", "unix"]);
    /// # drop(host);
    /// ```
    pub fn trust_x_forwarded_for(self, proxies: impl IntoIterator<Item: AsRef<str>>) -> Self {
        Self { trust: Some(TrustedProxies::new(ForwardedBy::XForwardedFor, proxies)), ..self }
    }

    /// Trusts these proxies like [`trust_x_forwarded_for`](Self::trust_x_forwarded_for), with the
    /// header `Forwarded` (RFC 7239). Each call of either method replaces the previous one, because
    /// a proxy that sets one header forwards the other unchanged from the client.
    ///
    /// # Examples
    ///
    /// ```
    /// use hyperpoint::Host;
    ///
    /// let host = Host::new().trust_forwarded(["10.0.0.0/8"]);
    /// # drop(host);
    /// ```
    pub fn trust_forwarded(self, proxies: impl IntoIterator<Item: AsRef<str>>) -> Self {
        Self { trust: Some(TrustedProxies::new(ForwardedBy::Forwarded, proxies)), ..self }
    }
}
