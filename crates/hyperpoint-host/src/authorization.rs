//! Authentication and authorization: checks the schemes and requirements of each endpoint at
//! start-up, and each request against them. Independent of routes and responses.

use std::collections::HashSet;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::SystemTime;

use futures_util::FutureExt;
use http::header::WWW_AUTHENTICATE;
use http::{HeaderValue, Method, StatusCode, request};
use hyperpoint_core::config::{Access, Requirement};
use hyperpoint_core::identity::Revocation;
use hyperpoint_core::{AuthenticationScheme, Config, Identity, Peer, Problem};

use crate::limits::{FailedAuthentications, OverLimit};

/// The authentication schemes of a host or endpoint, in the order in which they are tried.
pub(crate) type Schemes = Arc<[Arc<dyn AuthenticationScheme>]>;

/// The authorization rules of an endpoint for one method, or of a mounted service.
pub(crate) struct Admission {
    /// The schemes that may authenticate a request.
    pub(crate) schemes: Schemes,
    /// Whether anonymous requests are admitted.
    pub(crate) is_open: bool,
    /// The requirements, all of which a user has to meet.
    pub(crate) requirements: Vec<Requirement>,
    /// The query field that may carry a token, or `None` if no query field may.
    pub(crate) query_token: Option<String>,
    /// The host's limit on failed authentication attempts, or `None` if it is disabled.
    pub(crate) failed_authentications: Option<Arc<FailedAuthentications>>,
    /// Checks that an identity has not been revoked.
    pub(crate) revocation: Arc<Revocation>,
}

impl Admission {
    /// Compiles the rules of an endpoint for one method, or of a mounted service.
    pub(crate) fn new(
        access: &Access,
        method: &Method,
        schemes: &Schemes,
        failed_authentications: Option<Arc<FailedAuthentications>>,
        revocation: &Arc<Revocation>,
    ) -> Self {
        Self {
            schemes: selected(access, schemes),
            is_open: access.is_anonymous(method),
            requirements: access.requirements().to_vec(),
            query_token: access.query_token().map(str::to_owned),
            failed_authentications,
            revocation: Arc::clone(revocation),
        }
    }
}

/// Returns the schemes that an endpoint names, in the host's order, or all schemes if it names
/// none.
fn selected(access: &Access, schemes: &Schemes) -> Schemes {
    if access.schemes().is_empty() {
        return Arc::clone(schemes);
    }
    let is_named = |scheme: &&Arc<dyn AuthenticationScheme>| {
        access.schemes().iter().any(|name| name == scheme.name())
    };
    schemes.iter().filter(is_named).cloned().collect()
}

/// Returns the configuration errors of an endpoint with respect to the host's schemes.
pub(crate) fn config_errors_of_endpoint(config: &Config, schemes: &Schemes) -> Vec<String> {
    let access = config.access();
    let unknown =
        access.schemes().iter().filter(|name| !names(schemes).any(|known| known == *name));
    let known = names(schemes).map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ");
    let known = if known.is_empty() { "none".to_owned() } else { known };
    let mut errors: Vec<_> = unknown
        .map(|name| {
            format!("requires the scheme `{name}`, which is not registered; the host has: {known}")
        })
        .collect();
    let mut methods = config.method_routes().into_iter().map(|(method, _)| method).peekable();
    let is_open = match methods.peek() {
        Some(_) => methods.all(|method| access.is_anonymous(&method)),
        None => access.is_anonymous(&Method::GET),
    };
    if !is_open && schemes.is_empty() {
        errors.push(
            "needs an authenticated user, and no scheme is registered: add \
             `.authentication(…)` to the host, or `config.allow_anonymous()` to the endpoint"
                .to_owned(),
        );
    }
    if access.query_token().is_some() && selected(access, schemes).is_empty() {
        errors.push(
            "allows a token in the query, but the host has no scheme to read it; register one, or \
             remove `allow_query_token`"
                .to_owned(),
        );
    }
    errors
}

/// Returns the configuration errors of the schemes, including duplicate names.
pub(crate) fn config_errors_of_host(schemes: &Schemes) -> Vec<String> {
    let of_scheme = |scheme: &Arc<dyn AuthenticationScheme>| {
        let named = |text| format!("the scheme `{}`: {text}", scheme.name());
        scheme.config_errors().into_iter().map(named).collect::<Vec<_>>()
    };
    let mut known = HashSet::new();
    let doubles = names(schemes).filter(|name| !known.insert(*name));
    let doubles = doubles
        .map(|name| format!("two schemes are named `{name}`; give one of them another name"));
    schemes.iter().flat_map(of_scheme).chain(doubles).collect()
}

/// Returns the names of the schemes.
fn names(schemes: &Schemes) -> impl Iterator<Item = &str> {
    schemes.iter().map(|scheme| scheme.name())
}

/// The reason why a request is not admitted.
pub(crate) enum Refused {
    Problem(Problem),
    OverLimit(OverLimit),
}

impl From<Problem> for Refused {
    fn from(problem: Problem) -> Self {
        Self::Problem(problem)
    }
}

/// Authenticates a request, and checks that its identity meets the endpoint's rules.
///
/// # Errors
///
/// Returns an error if the request is not admitted, or if a scheme or policy fails or panics.
/// Unless the endpoint admits anonymous requests, also returns an error if credentials were not
/// looked up because the network has too many failed attempts.
pub(crate) async fn admit(
    access: &Admission,
    request: &request::Parts,
    peer: Option<Peer>,
) -> Result<Identity, Refused> {
    let work = async {
        let identity = match authenticate(access, request, peer).await? {
            Ok(identity) => identity,
            // An endpoint that admits anonymous requests, such as a sign-in, stays available over
            // the limit.
            Err(_) if access.is_open => Identity::anonymous(),
            Err(over) => return Err(Refused::OverLimit(over)),
        };
        authorize(access, &identity, request)?;
        Ok(identity)
    };
    let panicked =
        |_| Err(Problem::internal("an authentication scheme or a policy panicked").into());
    AssertUnwindSafe(work).catch_unwind().await.unwrap_or_else(panicked)
}

/// Returns the identity from the first scheme that accepts the request, or the anonymous identity.
/// Returns the inner error if no scheme accepts the request, and credentials were not looked up
/// because the network has too many failed attempts.
///
/// # Errors
///
/// Returns the problem of a scheme that cannot check the credentials, or that refuses them with its
/// own problem.
pub(crate) async fn authenticate(
    access: &Admission,
    request: &request::Parts,
    peer: Option<Peer>,
) -> Result<Result<Identity, OverLimit>, Problem> {
    // Without an address, networks cannot be distinguished.
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
                // A 401 from a scheme means that it rejected the credentials. Any other error means
                // that it could not check them.
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

/// Returns the identity that a scheme establishes. Returns `None` if the scheme establishes none,
/// if the identity has expired, if the endpoint does not use the scheme from which the identity was
/// derived, or if that scheme has revoked it.
async fn established(
    access: &Admission,
    scheme: &dyn AuthenticationScheme,
    request: &request::Parts,
) -> Result<Option<Identity>, Problem> {
    let Some(identity) = scheme.authenticate(request).await?.filter(is_current) else {
        return Ok(None);
    };
    // A ticket must not give access to an endpoint that does not accept the ticket's session.
    let is_asked = |origin: &str| access.schemes.iter().any(|scheme| scheme.name() == origin);
    if identity.origin().is_some_and(|origin| !is_asked(origin)) {
        return Ok(None);
    }
    let holds = access.revocation.holds_at_origin(&identity).await?;
    Ok(holds.then_some(identity))
}

/// Returns whether the identity is authenticated and not expired.
fn is_current(identity: &Identity) -> bool {
    identity.is_authenticated() && identity.expires_at().is_none_or(|end| end > SystemTime::now())
}

/// Refuses an identity that does not meet the rules: 401 for an anonymous identity, 403 for a user
/// who does not meet a requirement (RFC 9110 §15.5.2, §15.5.4).
pub(crate) fn authorize(
    access: &Admission,
    identity: &Identity,
    request: &request::Parts,
) -> Result<(), Problem> {
    if access.is_open {
        return Ok(());
    }
    if !identity.is_authenticated() {
        let problem =
            Problem::new(StatusCode::UNAUTHORIZED).detail("the request has no valid credentials");
        let mut challenges: Vec<HeaderValue> = Vec::new();
        for challenge in access.schemes.iter().map(|scheme| scheme.challenge(request)) {
            // Two bearer schemes may have the same challenge, which is sent once.
            if !challenges.contains(&challenge) {
                challenges.push(challenge);
            }
        }
        return Err(challenges
            .into_iter()
            .fold(problem, |problem, challenge| problem.header(WWW_AUTHENTICATE, challenge)));
    }
    let unmet =
        access.requirements.iter().find(|requirement| !requirement.is_met(identity, request));
    unmet.map_or(Ok(()), |unmet| Err(forbidden(access, identity, unmet)))
}

/// Returns the 403 for an unmet requirement. If the requirement concerns scopes, adds the challenge
/// of the identity's scheme, if the scheme has one.
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
