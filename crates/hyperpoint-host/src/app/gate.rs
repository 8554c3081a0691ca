//! Checks whether endpoints admit the credentials of a request, without calling the endpoints.

use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use futures_util::FutureExt;
use http::{Method, request};
use hyperpoint_core::{Config, Identity, Peer, Problem};

use super::application::Application;
use crate::authorization::{Admission, authenticate, authorize};

/// The access rules of one endpoint for one method.
pub struct Gate(Admission);

impl Application {
    /// Returns the access rules of an endpoint with this configuration for one method.
    #[doc(hidden)]
    #[must_use]
    pub fn gate(&self, config: &Config, method: &Method) -> Gate {
        let parts = &self.app().contract;
        Gate(Admission::new(
            config.access(),
            method,
            &parts.schemes,
            parts.failed_authentications.clone(),
            &parts.revocation,
        ))
    }

    /// Returns the route template of the endpoint for this method and path, or `None` if no
    /// endpoint matches.
    #[doc(hidden)]
    #[must_use]
    pub fn endpoint_template(&self, method: &Method, path: &str) -> Option<Arc<str>> {
        self.app().routes.template_of_endpoint(method, path).cloned()
    }
}

/// Returns, for each gate, whether it admits the credentials of `request`. Policies are evaluated
/// with `request`; a policy that panics does not admit it. If the client is over the limit on
/// failed authentications, credentials that are not looked up count as absent. Gates with the same
/// schemes share one authentication.
///
/// # Errors
///
/// Returns the problem of a scheme that cannot check the credentials, or that refuses them with its
/// own problem. Returns a 500 problem if a scheme panics.
pub async fn admitted(
    gates: impl IntoIterator<Item = &Gate>,
    request: &request::Parts,
    peer: Option<Peer>,
) -> Result<Vec<bool>, Problem> {
    let mut known: Vec<(&Gate, Identity)> = Vec::new();
    let mut all = Vec::new();
    for gate in gates {
        if gate.0.is_open {
            all.push(true);
            continue;
        }
        let same = known.iter().find(|(other, _)| other.has_schemes_of(gate));
        let identity = if let Some((_, identity)) = same {
            identity.clone()
        } else {
            let work = AssertUnwindSafe(authenticate(&gate.0, request, peer)).catch_unwind();
            let panicked = |_| Err(Problem::internal("an authentication scheme panicked"));
            let authenticated = work.await.unwrap_or_else(panicked)?;
            let identity = authenticated.unwrap_or_else(|_over| Identity::anonymous());
            known.push((gate, identity.clone()));
            identity
        };
        let authorized = catch_unwind(AssertUnwindSafe(|| authorize(&gate.0, &identity, request)));
        all.push(matches!(authorized, Ok(Ok(()))));
    }
    Ok(all)
}

impl Gate {
    /// Returns the refusal of a request without credentials, with the challenges of the schemes, or
    /// `None` if such a request is admitted.
    #[must_use]
    pub fn refusal(&self, request: &request::Parts) -> Option<Problem> {
        authorize(&self.0, &Identity::anonymous(), request).err()
    }

    fn has_schemes_of(&self, other: &Self) -> bool {
        let names = |gate: &Self| -> Vec<String> {
            gate.0.schemes.iter().map(|scheme| scheme.name().to_owned()).collect()
        };
        Arc::ptr_eq(&self.0.schemes, &other.0.schemes) || names(self) == names(other)
    }
}

impl fmt::Debug for Gate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Gate").finish_non_exhaustive()
    }
}
