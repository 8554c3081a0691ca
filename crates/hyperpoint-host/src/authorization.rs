//! Authentication and authorization: which schemes and requirements an endpoint has, checked at
//! start-up, and whether a request meets them. Knows no route and no response.

use std::collections::HashSet;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::SystemTime;

use futures_util::FutureExt;
use http::header::WWW_AUTHENTICATE;
use http::{Method, StatusCode, request};
use hyperpoint_core::config::{Access, Requirement};
use hyperpoint_core::{AuthenticationScheme, Config, Identity, Peer, Problem};

use crate::limits::{Attempt, FailedAuthentications, OverLimit};

/// The schemes that tell who sends a request, in the order in which they are asked.
pub(crate) type Schemes = Arc<[Arc<dyn AuthenticationScheme>]>;

/// Who may use an endpoint by one method.
pub(crate) struct Admission {
    /// The schemes that are asked here.
    pub(crate) schemes: Schemes,
    /// Whether everybody is let in.
    pub(crate) is_open: bool,
    /// What is asked of a user, all of it.
    pub(crate) requirements: Vec<Requirement>,
    /// The field of the query that may carry a token.
    pub(crate) query_token: Option<String>,
    /// The host's limit on failed authentication, unless it is off.
    pub(crate) failed_authentications: Option<Arc<FailedAuthentications>>,
}

impl Admission {
    pub(crate) fn new(
        access: &Access,
        method: &Method,
        schemes: &Schemes,
        failed_authentications: Option<Arc<FailedAuthentications>>,
    ) -> Self {
        Self {
            schemes: asked(access, schemes),
            is_open: access.is_anonymous(method),
            requirements: access.requirements().to_vec(),
            query_token: access.query_token().map(str::to_owned),
            failed_authentications,
        }
    }
}

/// The schemes that an endpoint asks, in the order of the host.
fn asked(access: &Access, schemes: &Schemes) -> Schemes {
    if access.schemes().is_empty() {
        return Arc::clone(schemes);
    }
    let is_named = |scheme: &&Arc<dyn AuthenticationScheme>| {
        access.schemes().iter().any(|name| name == scheme.name())
    };
    schemes.iter().filter(is_named).cloned().collect()
}

/// What an endpoint asks for that the host does not have.
pub(crate) fn mistakes_of_endpoint(config: &Config, schemes: &Schemes) -> Vec<String> {
    let access = config.access();
    let unknown =
        access.schemes().iter().filter(|name| !names(schemes).any(|known| known == *name));
    let known = names(schemes).map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ");
    let known = if known.is_empty() { "none".to_owned() } else { known };
    let mut mistakes: Vec<_> = unknown
        .map(|name| format!("asks for the scheme `{name}`; those of the host are: {known}"))
        .collect();
    let mut methods = config.method_routes().into_iter().map(|(method, _)| method).peekable();
    let is_open = match methods.peek() {
        Some(_) => methods.all(|method| access.is_anonymous(&method)),
        None => access.is_anonymous(&Method::GET),
    };
    if !is_open && schemes.is_empty() {
        mistakes.push(
            "needs an authenticated user, and no scheme is registered: add \
             `.authentication(…)` to the host, or `config.allow_anonymous()` to the endpoint"
                .to_owned(),
        );
    }
    if access.query_token().is_some() && asked(access, schemes).is_empty() {
        mistakes.push(
            "allows a token in the query, and no scheme is there to read it; take it out"
                .to_owned(),
        );
    }
    mistakes
}

/// What is wrong with the schemes themselves.
pub(crate) fn mistakes_of_host(schemes: &Schemes) -> Vec<String> {
    let of_scheme = |scheme: &Arc<dyn AuthenticationScheme>| {
        let tell = |text| format!("the scheme `{}`: {text}", scheme.name());
        scheme.mistakes().into_iter().map(tell).collect::<Vec<_>>()
    };
    let mut known = HashSet::new();
    let doubles = names(schemes).filter(|name| !known.insert(*name));
    let doubles = doubles
        .map(|name| format!("two schemes are named `{name}`; give one of them another name"));
    schemes.iter().flat_map(of_scheme).chain(doubles).collect()
}

fn names(schemes: &Schemes) -> impl Iterator<Item = &str> {
    schemes.iter().map(|scheme| scheme.name())
}

/// Why a request is not admitted.
pub(crate) enum Refused {
    Problem(Problem),
    OverLimit(OverLimit),
}

impl From<Problem> for Refused {
    fn from(problem: Problem) -> Self {
        Self::Problem(problem)
    }
}

/// Who asks, if they may.
pub(crate) async fn admit(
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
    for scheme in &*access.schemes {
        let credentials = attempt.as_ref().and_then(|_| scheme.credentials(request));
        if let (Some(attempt), Some(credentials)) = (&mut attempt, credentials)
            && !attempt.may_try(credentials)
        {
            continue;
        }
        match scheme.authenticate(request).await.map(|found| found.filter(is_current)) {
            Ok(Some(identity)) => {
                if let Some(attempt) = attempt {
                    attempt.accepted(credentials);
                }
                return Ok(Ok(identity.with_scheme(scheme.name())));
            }
            Ok(None) => {
                if let (Some(attempt), Some(credentials)) = (&attempt, credentials) {
                    attempt.refused(credentials);
                }
            }
            Err(problem) => {
                // A scheme may say by itself that the credentials do not hold.
                if let Some(mut attempt) = attempt
                    && problem.status() != StatusCode::UNAUTHORIZED
                {
                    attempt.unknown();
                }
                return Err(problem);
            }
        }
    }
    let failed = attempt.map_or(Ok(()), Attempt::failed);
    Ok(failed.map(|()| Identity::anonymous()))
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
