//! TLS under HTTP, with rustls: certificates from files, and the protocol that ALPN chose.

mod certificate;
mod certificates;
#[expect(clippy::module_inception, reason = "a file is named for its main type")]
mod tls;

pub use tls::Tls;
