//! A certificate for this run. Browsers warn before they accept it.

use hyperpoint::Tls;
use rcgen::{CertifiedKey, generate_simple_self_signed};

/// Creates a self-signed certificate.
pub(crate) fn self_signed() -> Result<Tls, rcgen::Error> {
    let names = ["localhost", "127.0.0.1", "::1"].map(str::to_owned);
    let CertifiedKey { cert, signing_key } = generate_simple_self_signed(names)?;
    Ok(Tls::pem(cert.pem(), signing_key.serialize_pem()))
}
