//! TLS with rustls: certificates and their reload, the handshake, and the protocol chosen by ALPN.
//! Independent of routes.

mod certificate;
mod certificates;
#[expect(clippy::module_inception, reason = "a file is named for its main type")]
mod tls;

pub use tls::Tls;
