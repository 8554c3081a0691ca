//! Checks for revoked identities.

use std::error::Error;
use std::fmt;
use std::panic::AssertUnwindSafe;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use futures_util::FutureExt;
use hyperpoint_sse::stream::EndFuture;
use tokio::time::{Instant, sleep, timeout};

use super::identity::Identity;
use super::scheme::AuthenticationScheme;
use crate::problem::Problem;

/// The timeout of one check by a scheme.
const CHECK_TIMEOUT: Duration = Duration::from_secs(10);
/// The maximum interval: one year, which is effectively never and does not overflow an `Instant`.
const LONGEST: Duration = Duration::from_hours(24 * 365);

/// A future that completes when a check finds that an identity was revoked. Returned by
/// [`Revocation::watch`].
pub type Revoked = EndFuture;

/// Checks for revoked identities: asks the schemes of a host whether their identities are still
/// valid.
pub struct Revocation {
    schemes: Arc<[Arc<dyn AuthenticationScheme>]>,
    interval: Duration,
    /// The time of the last logged warning, or `None` before the first one.
    warned_at: Mutex<Option<Instant>>,
}

impl Revocation {
    /// Creates the checks for the identities of these schemes. While a response is streamed, the
    /// check is repeated at this interval, which is limited to one year.
    #[must_use]
    pub fn new(schemes: Arc<[Arc<dyn AuthenticationScheme>]>, interval: Duration) -> Self {
        Self { schemes, interval: interval.min(LONGEST), warned_at: Mutex::default() }
    }

    /// Returns whether the identity is still valid for the scheme that it was
    /// [derived](Identity::derived_from) from. Returns `false` if the host has no such scheme, and
    /// `true` if the identity is not derived.
    ///
    /// # Errors
    ///
    /// The problem of the scheme, if its check fails.
    pub async fn holds_at_origin(&self, identity: &Identity) -> Result<bool, Problem> {
        let Some(origin) = identity.origin() else {
            return Ok(true);
        };
        let Some(scheme) = self.schemes.iter().find(|scheme| scheme.name() == origin) else {
            tracing::debug!(
                origin,
                "rejected an identity: this host does not have the scheme that established it"
            );
            return Ok(false);
        };
        match scheme.still_holds(identity) {
            Some(check) => check.await,
            None => Ok(true),
        }
    }

    /// Returns a future that repeats the check at the interval, and completes when a check reports
    /// that the identity was revoked. Returns `None`, without an allocation, if no scheme can
    /// revoke the identity.
    #[must_use]
    pub fn watch(self: &Arc<Self>, identity: &Identity) -> Option<Revoked> {
        let names = [identity.scheme(), identity.origin()];
        let can_revoke = |scheme: &&Arc<dyn AuthenticationScheme>| {
            names.contains(&Some(scheme.name())) && scheme.still_holds(identity).is_some()
        };
        let schemes: Vec<_> = self.schemes.iter().filter(can_revoke).cloned().collect();
        if schemes.is_empty() {
            return None;
        }
        let (revocation, identity) = (Arc::clone(self), identity.clone());
        Some(Box::pin(async move { revocation.revoked(&schemes, &identity).await }))
    }

    /// Repeats the check until a scheme reports that the identity is no longer valid.
    async fn revoked(&self, schemes: &[Arc<dyn AuthenticationScheme>], identity: &Identity) {
        let scheme = loop {
            // Jitter prevents streams that started together from being checked together.
            sleep(self.interval.mul_f64(0.2_f64.mul_add(-fastrand::f64(), 1.0))).await;
            if let Some(scheme) = self.refusing(schemes, identity).await {
                break scheme.name();
            }
        };
        tracing::info!(scheme, "an identity was revoked while its response was streamed");
    }

    /// Returns the first scheme for which the identity is no longer valid, or `None` if it is valid
    /// for all of them.
    async fn refusing<'s>(
        &self,
        schemes: &'s [Arc<dyn AuthenticationScheme>],
        identity: &Identity,
    ) -> Option<&'s dyn AuthenticationScheme> {
        for scheme in schemes {
            if !self.holds_at(&**scheme, identity).await {
                return Some(&**scheme);
            }
        }
        None
    }

    /// Returns whether the identity is still valid for this scheme. A failed check counts as valid.
    async fn holds_at(&self, scheme: &dyn AuthenticationScheme, identity: &Identity) -> bool {
        let check = async {
            match scheme.still_holds(identity) {
                Some(check) => check.await,
                None => Ok(true),
            }
        };
        let check = timeout(CHECK_TIMEOUT, AssertUnwindSafe(check).catch_unwind()).await;
        let result = match check {
            Ok(Ok(result)) => result,
            Ok(Err(_)) => Err(Problem::internal("the check panicked")),
            Err(_) => Err(Problem::internal(format!("no result within {CHECK_TIMEOUT:?}"))),
        };
        result.unwrap_or_else(|problem| {
            self.warn(scheme.name(), problem);
            true
        })
    }

    /// Logs a warning about a failed check, at most once per interval for all streams.
    fn warn(&self, scheme: &str, problem: Problem) {
        let now = Instant::now();
        let mut warned_at = self.warned_at.lock().unwrap_or_else(PoisonError::into_inner);
        if warned_at.is_some_and(|warned_at| now - warned_at < self.interval) {
            return;
        }
        *warned_at = Some(now);
        drop(warned_at);
        let error = problem.into_error();
        let error = &*error as &(dyn Error + 'static);
        tracing::warn!(
            scheme,
            error,
            "failed to check for revoked identities; their streams continue until the next check"
        );
    }
}

impl fmt::Debug for Revocation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let schemes: Vec<_> = self.schemes.iter().map(|scheme| scheme.name()).collect();
        f.debug_struct("Revocation")
            .field("schemes", &schemes)
            .field("interval", &self.interval)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use async_trait::async_trait;
    use http::{HeaderValue, request};

    use crate::identity::StillHolds;

    use super::*;

    struct Scheme {
        name: &'static str,
        can_revoke: bool,
    }

    #[async_trait]
    impl AuthenticationScheme for Scheme {
        fn name(&self) -> &str {
            self.name
        }

        fn challenge(&self, _: &request::Parts) -> HeaderValue {
            HeaderValue::from_static("Test")
        }

        async fn authenticate(&self, _: &request::Parts) -> Result<Option<Identity>, Problem> {
            Ok(None)
        }

        fn still_holds<'a>(&'a self, _: &'a Identity) -> Option<StillHolds<'a>> {
            self.can_revoke.then(|| Box::pin(async { Ok(true) }) as StillHolds<'a>)
        }
    }

    #[test]
    fn an_identity_that_no_scheme_can_revoke_is_not_watched() {
        let schemes: [Arc<dyn AuthenticationScheme>; 2] = [
            Arc::new(Scheme { name: "api-key", can_revoke: false }),
            Arc::new(Scheme { name: "checked", can_revoke: true }),
        ];
        let revocation = Arc::new(Revocation::new(Arc::from(schemes), Duration::MAX));
        let is_watched = |identity: Identity| revocation.watch(&identity).is_some();
        let ann = || Identity::user("ann");
        assert!(!is_watched(Identity::anonymous()));
        assert!(!is_watched(ann()));
        assert!(!is_watched(ann().with_scheme("api-key")));
        assert!(is_watched(ann().with_scheme("checked")));
        assert!(is_watched(ann().with_scheme("api-key").derived_from("checked")));
        assert!(!is_watched(ann().with_scheme("api-key").derived_from("elsewhere")));
    }
}
