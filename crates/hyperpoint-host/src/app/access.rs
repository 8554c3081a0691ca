//! Who asks, and whether they may.

use std::panic::AssertUnwindSafe;
use std::time::SystemTime;

use futures_util::FutureExt;
use http::header::WWW_AUTHENTICATE;
use http::{StatusCode, request};
use hyperpoint_core::config::Requirement;
use hyperpoint_core::{Identity, Problem};

use crate::routing::Admission;

/// Who asks, if they may.
pub(super) async fn admit(
    access: &Admission,
    request: &request::Parts,
) -> Result<Identity, Problem> {
    let work = async {
        let identity = authenticate(access, request).await?;
        authorise(access, &identity, request)?;
        Ok(identity)
    };
    let panicked = |_| Err(Problem::internal("an authentication scheme or a policy panicked"));
    AssertUnwindSafe(work).catch_unwind().await.unwrap_or_else(panicked)
}

/// The identity that the request proves, by the first scheme that knows it.
async fn authenticate(access: &Admission, request: &request::Parts) -> Result<Identity, Problem> {
    for scheme in &*access.schemes {
        if let Some(identity) = scheme.authenticate(request).await?.filter(is_current)
            && access.revocation.holds_at_origin(&identity).await?
        {
            return Ok(identity.with_scheme(scheme.name()));
        }
    }
    Ok(Identity::anonymous())
}

fn is_current(identity: &Identity) -> bool {
    identity.expires_at().is_none_or(|end| end > SystemTime::now())
}

/// Refuses an identity that the endpoint does not let in: 401 without one, 403 with one that is
/// not enough (RFC 9110 §15.5.2, §15.5.4).
fn authorise(
    access: &Admission,
    identity: &Identity,
    request: &request::Parts,
) -> Result<(), Problem> {
    if access.is_open {
        return Ok(());
    }
    if !identity.is_authenticated() {
        let problem = Problem::new(StatusCode::UNAUTHORIZED).detail("sign in first");
        return Err(access.schemes.iter().fold(problem, |problem, scheme| {
            problem.header(WWW_AUTHENTICATE, scheme.challenge(request))
        }));
    }
    let unmet = access.requirements.iter().find(|asked| !asked.is_met(identity, request));
    unmet.map_or(Ok(()), |unmet| Err(forbidden(access, identity, unmet)))
}

fn forbidden(access: &Admission, identity: &Identity, unmet: &Requirement) -> Problem {
    let problem = Problem::new(StatusCode::FORBIDDEN).detail(unmet.refusal());
    if unmet.scopes().is_empty() {
        return problem;
    }
    let scheme = access.schemes.iter().find(|scheme| Some(scheme.name()) == identity.scheme());
    match scheme.and_then(|scheme| scheme.insufficient_scope(unmet.scopes())) {
        Some(challenge) => problem.header(WWW_AUTHENTICATE, challenge),
        None => problem,
    }
}
