//! Hashes of passwords, and checks against them. They are slow on purpose, so they run on blocking
//! threads, a few at a time, and without holding a resource that other requests wait for.

use std::sync::Arc;

use argon2::Argon2;
use argon2::password_hash::phc::PasswordHash;
use argon2::password_hash::{PasswordHasher, PasswordVerifier};
use tokio::sync::Semaphore;

/// Checks passwords, a few at a time: a check takes one core and 19 MiB for about 20 ms.
#[derive(Clone)]
pub struct Passwords {
    permits: Arc<Semaphore>,
    check: Arc<Check>,
}

/// Returns whether a password matches the stored hash, if there is one.
type Check = dyn Fn(&str, Option<&str>) -> bool + Send + Sync;

impl Passwords {
    /// Creates a checker with this function and this number of concurrent checks, for tests.
    pub fn checked_by(
        at_once: usize,
        check: impl Fn(&str, Option<&str>) -> bool + Send + Sync + 'static,
    ) -> Self {
        Self { permits: Arc::new(Semaphore::new(at_once)), check: Arc::new(check) }
    }

    /// Returns whether the password matches the stored hash. For an unknown user it takes equally
    /// long.
    pub(crate) async fn are_right(&self, password: String, kept: Option<String>) -> bool {
        let permit = Arc::clone(&self.permits).acquire_owned().await;
        let permit = permit.expect("the semaphore is never closed");
        let check = Arc::clone(&self.check);
        let checked = tokio::task::spawn_blocking(move || {
            // Held until the work is done, also if the client has disconnected.
            let _permit = permit;
            check(&password, kept.as_deref())
        });
        checked.await.unwrap_or(false)
    }
}

impl Default for Passwords {
    /// Checks with Argon2, on half of the cores: the other half serves users who have signed in.
    fn default() -> Self {
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        Self::checked_by((cores / 2).max(1), is_right)
    }
}

/// A hash of an unknown password.
const NOBODY: &str = "$argon2id$v=19$m=19456,t=2,p=1$MDEyMzQ1Njc4OWFiY2RlZg$\
                      VYbSVTuEBZPXAsphrCW4k9LkuuBVaT4CjgDPOIhLDxM";

/// Returns the hash of a password.
pub(crate) fn hashed(password: &str) -> String {
    let hash = Argon2::default().hash_password(password.as_bytes());
    hash.expect("the system gives a salt, and the default costs are in range").to_string()
}

/// Returns whether the password matches the stored hash. Without a hash it takes equally long.
fn is_right(password: &str, kept: Option<&str>) -> bool {
    let Ok(hash) = PasswordHash::new(kept.unwrap_or(NOBODY)) else { return false };
    Argon2::default().verify_password(password.as_bytes(), &hash).is_ok() && kept.is_some()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_matches_its_own_hash_only() {
        let kept = hashed("tea");
        assert!(is_right("tea", Some(&kept)));
        assert!(!is_right("coffee", Some(&kept)));
        assert!(!is_right("tea", None));
    }

    #[test]
    fn an_unknown_name_takes_equally_long() {
        let (nobody, kept) = (PasswordHash::new(NOBODY).unwrap(), hashed("tea"));
        let kept = PasswordHash::new(&kept).unwrap();
        assert_eq!((nobody.algorithm, nobody.params), (kept.algorithm, kept.params));
    }
}
