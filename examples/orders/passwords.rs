//! Passwords as they are kept, and whether one is right. Slow on purpose: only on threads that may
//! block.

use argon2::Argon2;
use argon2::password_hash::phc::PasswordHash;
use argon2::password_hash::{PasswordHasher, PasswordVerifier};

/// As of a password that nobody knows.
const NOBODY: &str = "$argon2id$v=19$m=19456,t=2,p=1$MDEyMzQ1Njc4OWFiY2RlZg$\
                      VYbSVTuEBZPXAsphrCW4k9LkuuBVaT4CjgDPOIhLDxM";

/// A password as it is kept.
pub(crate) fn hashed(password: &str) -> String {
    let hash = Argon2::default().hash_password(password.as_bytes());
    hash.expect("the system gives a salt, and the default costs are in range").to_string()
}

/// Whether this is the password that is kept so. Where none is, it takes as long.
pub(crate) fn is_right(password: &str, kept: Option<&str>) -> bool {
    let Ok(hash) = PasswordHash::new(kept.unwrap_or(NOBODY)) else { return false };
    Argon2::default().verify_password(password.as_bytes(), &hash).is_ok() && kept.is_some()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_is_right_where_it_is_kept() {
        let kept = hashed("tea");
        assert!(is_right("tea", Some(&kept)));
        assert!(!is_right("coffee", Some(&kept)));
        assert!(!is_right("tea", None));
    }

    #[test]
    fn a_name_that_nobody_has_takes_as_long() {
        let (nobody, kept) = (PasswordHash::new(NOBODY).unwrap(), hashed("tea"));
        let kept = PasswordHash::new(&kept).unwrap();
        assert_eq!((nobody.algorithm, nobody.params), (kept.algorithm, kept.params));
    }
}
