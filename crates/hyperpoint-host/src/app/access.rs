//! Who asks, and whether they may.

use http::header::WWW_AUTHENTICATE;
use http::{StatusCode, request};
use hyperpoint_core::{AuthenticationScheme, Identity, Problem};

use crate::routing::Access;

/// The schemes of a host, in the order in which they are asked.
pub(crate) type Schemes = Vec<Box<dyn AuthenticationScheme>>;

/// The identity that the request proves, by the first scheme that knows it.
pub(super) async fn authenticate(
    schemes: &Schemes,
    request: &request::Parts,
) -> Result<Identity, Problem> {
    for scheme in schemes {
        if let Some(identity) = scheme.authenticate(request).await? {
            return Ok(identity.with_scheme(scheme.name()));
        }
    }
    Ok(Identity::anonymous())
}

/// Refuses an identity that the endpoint does not let in: 401 without one, 403 with one that is
/// not enough (RFC 9110 §15.5.2, §15.5.4).
pub(super) fn authorise(
    access: &Access,
    identity: &Identity,
    schemes: &Schemes,
    request: &request::Parts,
) -> Result<(), Problem> {
    let Access::User { roles } = access else {
        return Ok(());
    };
    if !identity.is_authenticated() {
        let problem = Problem::new(StatusCode::UNAUTHORIZED).detail("sign in first");
        return Err(schemes.iter().fold(problem, |problem, scheme| {
            problem.header(WWW_AUTHENTICATE, scheme.challenge(request))
        }));
    }
    if roles.is_empty() || roles.iter().any(|role| identity.has_role(role)) {
        return Ok(());
    }
    Err(Problem::new(StatusCode::FORBIDDEN).detail("none of your roles is let in here"))
}
