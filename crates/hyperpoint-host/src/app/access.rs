//! Who asks, and whether they may.

use std::panic::AssertUnwindSafe;
use std::time::SystemTime;

use futures_util::FutureExt;
use http::header::WWW_AUTHENTICATE;
use http::{StatusCode, request};
use hyperpoint_core::config::Requirement;
use hyperpoint_core::{AuthenticationScheme, Identity, Peer, Problem};

use crate::limits::OverLimit;
use crate::routing::Admission;

/// Why a request is not admitted.
pub(super) enum Refused {
    Problem(Problem),
    OverLimit(OverLimit),
}

impl From<Problem> for Refused {
    fn from(problem: Problem) -> Self {
        Self::Problem(problem)
    }
}

/// Who asks, if they may.
pub(super) async fn admit(
    access: &Admission,
    request: &request::Parts,
    peer: Option<Peer>,
) -> Result<Identity, Refused> {
    let work = async {
        let identity = match authenticate(access, request, peer).await? {
            Ok(identity) => identity,
            // An open endpoint, such as a sign-in, stays within reach.
            Err(_) if access.is_open => Identity::anonymous(),
            Err(over) => return Err(Refused::OverLimit(over)),
        };
        authorise(access, &identity, request)?;
        Ok(identity)
    };
    let panicked =
        |_| Err(Problem::internal("an authentication scheme or a policy panicked").into());
    AssertUnwindSafe(work).catch_unwind().await.unwrap_or_else(panicked)
}

/// The identity that the request proves, by the first scheme that knows it. Without one, the request
/// may be over the limit on failed authentication.
async fn authenticate(
    access: &Admission,
    request: &request::Parts,
    peer: Option<Peer>,
) -> Result<Result<Identity, OverLimit>, Problem> {
    // Without an address nobody can be told apart.
    let limit = access.failed_authentications.as_ref().zip(peer);
    let mut attempt = limit.map(|(limit, peer)| limit.attempt(peer));
    let is_signed = |credentials: &[u8]| {
        let mut signed = access.schemes.iter().filter(|scheme| scheme.is_signed());
        signed.any(|scheme| scheme.credentials(request) == Some(credentials))
    };
    for scheme in &*access.schemes {
        let counted = attempt.as_ref().filter(|_| !scheme.is_signed());
        let credentials = counted.and_then(|_| scheme.credentials(request));
        if let (Some(attempt), Some(credentials)) = (&mut attempt, credentials)
            && !attempt.may_try(credentials)
        {
            continue;
        }
        let is_no_guess =
            |refused: &[u8]| scheme.credentials(request) == Some(refused) || is_signed(refused);
        match established(access, &**scheme, request).await {
            Ok(Some(identity)) => {
                if let Some(attempt) = attempt {
                    attempt.accepted(credentials, is_no_guess);
                }
                return Ok(Ok(identity.with_scheme(scheme.name())));
            }
            Ok(None) => {
                if let (Some(attempt), Some(credentials)) = (&mut attempt, credentials) {
                    attempt.refused(credentials);
                }
            }
            Err(problem) => {
                // A scheme may say by itself that the credentials do not hold.
                if let Some(attempt) = attempt
                    && problem.status() != StatusCode::UNAUTHORIZED
                {
                    attempt.unknown(is_no_guess);
                }
                return Err(problem);
            }
        }
    }
    let failed = attempt.map_or(Ok(()), |attempt| attempt.failed(is_signed));
    Ok(failed.map(|()| Identity::anonymous()))
}

/// Returns the identity that a scheme establishes, unless it has expired, or the scheme that it was
/// derived from is not asked here or has revoked it.
async fn established(
    access: &Admission,
    scheme: &dyn AuthenticationScheme,
    request: &request::Parts,
) -> Result<Option<Identity>, Problem> {
    let Some(identity) = scheme.authenticate(request).await?.filter(is_current) else {
        return Ok(None);
    };
    // A ticket opens no endpoint that its session does not open.
    let is_asked = |origin: &str| access.schemes.iter().any(|scheme| scheme.name() == origin);
    if identity.origin().is_some_and(|origin| !is_asked(origin)) {
        return Ok(None);
    }
    let holds = access.revocation.holds_at_origin(&identity).await?;
    Ok(holds.then_some(identity))
}

/// Whether it is the identity of a user, and has not ended.
fn is_current(identity: &Identity) -> bool {
    identity.is_authenticated() && identity.expires_at().is_none_or(|end| end > SystemTime::now())
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
