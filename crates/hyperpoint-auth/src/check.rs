//! The application's check that an identity is still valid.

use hyperpoint_core::identity::{Identity, StillHolds};
use hyperpoint_core::problem::Problem;

type Ask = dyn Fn(Identity) -> StillHolds<'static> + Send + Sync;

/// The function of the application that returns whether an identity is still valid, or `None` if no
/// function is set.
#[derive(Default)]
pub(super) struct Check(Option<Box<Ask>>);

impl Check {
    pub(super) fn new<F, Fut>(check: F) -> Self
    where
        F: Fn(Identity) -> Fut + Send + Sync + 'static,
        Fut: Future<Output = Result<bool, Problem>> + Send + 'static,
    {
        Self(Some(Box::new(move |identity| Box::pin(check(identity)))))
    }

    /// Calls the function, and returns its future. Returns `None` if no function is set; every
    /// identity is then valid.
    pub(super) fn ask(&self, identity: &Identity) -> Option<StillHolds<'static>> {
        self.0.as_ref().map(|check| check(identity.clone()))
    }

    /// Returns the identity, or `None` if it is no longer valid.
    ///
    /// # Errors
    ///
    /// Returns the problem that the function returns.
    pub(super) async fn admit(&self, identity: Identity) -> Result<Option<Identity>, Problem> {
        let holds = match self.ask(&identity) {
            Some(asked) => asked.await?,
            None => true,
        };
        Ok(holds.then_some(identity))
    }
}
