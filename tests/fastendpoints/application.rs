//! The host: services, authentication, processors of all endpoints, and the format of errors.

use hyperpoint::http::{HeaderValue, StatusCode, request};
use hyperpoint::prelude::*;
use hyperpoint::schemes::{Jwt, JwtKey};
use hyperpoint::{AuthenticationScheme, Identity, async_trait};

use crate::error_format::{PLAIN_TEXT, fast_endpoints_errors};
use crate::mail::{Mail, NoMail};
use crate::processors::{MarkGenericRequest, MarkGlobally, RequireTenant};
use crate::signing::{SECRET, issuer};

/// Builds the application. Its endpoints are found by `Host::new`.
pub fn application() -> Host {
    let tokens = Jwt::new(JwtKey::secret(SECRET)).accept_any_issuer().accept_any_audience();
    Host::new()
        .service::<dyn Mail>(Arc::new(NoMail))
        .service(Arc::new(issuer()))
        .authentication(RevokedTokens)
        .authentication(tokens)
        .cors(|cors| cors.allow_any_origin())
        .error_format(fast_endpoints_errors)
        .defaults(|all| {
            all.prefix("/api");
            all.before::<MarkGenericRequest>();
            all.before::<MarkGlobally>();
            all.before::<RequireTenant>();
        })
}

/// Refuses revoked tokens before they are checked.
struct RevokedTokens;

#[async_trait]
impl AuthenticationScheme for RevokedTokens {
    fn challenge(&self, _: &request::Parts) -> HeaderValue {
        HeaderValue::from_static("Bearer")
    }

    async fn authenticate(&self, request: &request::Parts) -> Result<Option<Identity>> {
        match request.headers.get("authorization") {
            Some(token) if token == "Bearer revoked token" => {
                let problem = Problem::new(StatusCode::UNAUTHORIZED).kind(PLAIN_TEXT);
                Err(problem.detail("Bearer token has been revoked!"))
            }
            _ => Ok(None),
        }
    }
}
