//! Whether an identity that was established earlier still holds.

use std::error::Error;
use std::fmt;
use std::panic::AssertUnwindSafe;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use futures_util::FutureExt;
use tokio::time::{Instant, sleep, timeout};

use super::identity::Identity;
use super::scheme::AuthenticationScheme;
use crate::problem::Problem;

/// How long a scheme may take to answer, while a stream waits for it.
const PATIENCE: Duration = Duration::from_secs(10);
/// Longer is the same as never, and does not overflow a clock.
const LONGEST: Duration = Duration::from_hours(24 * 365);

/// Completes when an identity is revoked. Made by [`Revocation::watch`].
pub type Revoked = Pin<Box<dyn Future<Output = ()> + Send>>;

/// Asks the schemes of a host whether identities that they established still hold.
pub struct Revocation {
    schemes: Arc<[Arc<dyn AuthenticationScheme>]>,
    interval: Duration,
    /// When the log had its last warning.
    warned_at: Mutex<Option<Instant>>,
}

impl Revocation {
    /// Asks these schemes; while an answer is streamed, at this interval.
    #[must_use]
    pub fn new(schemes: Arc<[Arc<dyn AuthenticationScheme>]>, interval: Duration) -> Self {
        Self { schemes, interval: interval.min(LONGEST), warned_at: Mutex::default() }
    }

    /// Returns whether the identity holds at the scheme that it was
    /// [derived](Identity::derived_from) from. It does not if the host has no such scheme.
    ///
    /// # Errors
    ///
    /// The problem of the scheme.
    pub async fn holds_at_origin(&self, identity: &Identity) -> Result<bool, Problem> {
        let Some(origin) = identity.origin() else {
            return Ok(true);
        };
        let Some(scheme) = self.schemes.iter().find(|scheme| scheme.name() == origin) else {
            tracing::debug!(origin, "an identity of a scheme that this host does not have");
            return Ok(false);
        };
        match scheme.still_holds(identity) {
            Some(asked) => asked.await,
            None => Ok(true),
        }
    }

    /// Watches an identity, for as long as the future is polled. Returns `None`, and allocates
    /// nothing, if no scheme can revoke it.
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

    /// Asks the schemes again and again, until one says that the identity does not hold.
    async fn revoked(&self, schemes: &[Arc<dyn AuthenticationScheme>], identity: &Identity) {
        let scheme = loop {
            // Streams that began together do not ask together.
            sleep(self.interval.mul_f64(0.2_f64.mul_add(-fastrand::f64(), 1.0))).await;
            if let Some(scheme) = self.refusing(schemes, identity).await {
                break scheme.name();
            }
        };
        tracing::info!(scheme, "an identity was revoked while an answer was streamed");
    }

    /// Returns the first scheme at which the identity does not hold.
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

    /// Returns whether the identity holds at this scheme, as far as the scheme can tell.
    async fn holds_at(&self, scheme: &dyn AuthenticationScheme, identity: &Identity) -> bool {
        let asked = async {
            match scheme.still_holds(identity) {
                Some(asked) => asked.await,
                None => Ok(true),
            }
        };
        let asked = timeout(PATIENCE, AssertUnwindSafe(asked).catch_unwind()).await;
        let answer = match asked {
            Ok(Ok(answer)) => answer,
            Ok(Err(_)) => Err(Problem::internal("the check panicked")),
            Err(_) => Err(Problem::internal(format!("no answer within {PATIENCE:?}"))),
        };
        answer.unwrap_or_else(|problem| {
            self.warn(scheme.name(), problem);
            true
        })
    }

    /// Warns that a scheme could not tell, once an interval for all streams.
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
            "could not check whether identities still hold; their streams go on until the next check"
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
    use crate::schemes::ApiKeys;

    use super::*;

    #[test]
    fn nothing_watches_an_identity_that_no_scheme_can_revoke() {
        let checked = ApiKeys::new().named("checked").check(|_| async { Ok(true) });
        let schemes: [Arc<dyn AuthenticationScheme>; 2] =
            [Arc::new(ApiKeys::new()), Arc::new(checked)];
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
