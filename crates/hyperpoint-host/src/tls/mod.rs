//! TLS with rustls: certificates and their reload, the handshake, and the protocol chosen by ALPN. Knows
//! no routes.

mod certificate;
mod certificates;
#[expect(clippy::module_inception, reason = "a file is named for its main type")]
mod tls;

pub use tls::Tls;
