//! The question of an application whether an identity still holds.

use crate::identity::{Identity, StillHolds};
use crate::problem::Problem;

type Ask = dyn Fn(Identity) -> StillHolds<'static> + Send + Sync;

/// A closure of the application that tells whether an identity still holds, or none.
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

    /// Asks the closure; `None` if there is none, and every identity holds.
    pub(super) fn ask(&self, identity: &Identity) -> Option<StillHolds<'static>> {
        self.0.as_ref().map(|check| check(identity.clone()))
    }

    /// Returns the identity if it holds.
    ///
    /// # Errors
    ///
    /// The problem that the closure returns.
    pub(super) async fn admit(&self, identity: Identity) -> Result<Option<Identity>, Problem> {
        let holds = match self.ask(&identity) {
            Some(asked) => asked.await?,
            None => true,
        };
        Ok(holds.then_some(identity))
    }
}
