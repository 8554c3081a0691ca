//! The implementation of `AuthenticationScheme` for [`Jwt`].

use async_trait::async_trait;
use http::header::AUTHORIZATION;
use http::{HeaderValue, request};
use jsonwebtoken::{Validation, decode, decode_header};
use serde_json::{Map, Value};

use super::jwt::Jwt;
use super::known_keys::KnownKeys;
use super::rules::ClaimRule;
use super::wanted_key::WantedKey;
use crate::bearer::{bearer, challenge, insufficient_scope};
use crate::cross_origin::{errors_of_origins, refuse_cross_origin};
use hyperpoint_core::cookies::cookie;
use hyperpoint_core::identity::{AuthenticationScheme, Carrier, Identity, QueryToken, StillHolds};
use hyperpoint_core::problem::Problem;

impl Jwt {
    /// Returns the token in the cookie, or `None` if the request has no such cookie, or the scheme
    /// reads none.
    fn in_cookie<'r>(&self, request: &'r request::Parts) -> Option<&'r str> {
        cookie(request, self.cookie.as_deref()?)
    }

    /// Returns the identity of the token, or `None` if the token is invalid.
    async fn verify(&self, token: &str) -> Result<Option<Identity>, Problem> {
        let Ok(header) = decode_header(token) else {
            return Ok(refused("it is not a JSON Web Token"));
        };
        // Extensions that the header marks as critical must be supported (RFC 7515 §4.1.11). No
        // extension is supported.
        if header.crit.is_some() {
            return Ok(refused("it has critical extensions"));
        }
        let Some(key) = self.keys.find(WantedKey::of(&header)).await? else {
            return Ok(refused("its key is unknown"));
        };
        if header.alg != key.algorithm.code() {
            return Ok(refused("its algorithm is not the algorithm of the key"));
        }
        let validations = self.validations.get_or_init(|| self.rules.validations());
        let is_own = |validation: &&Validation| validation.algorithms == [header.alg];
        let Some(validation) = validations.iter().find(is_own) else {
            return Ok(refused("its algorithm is unknown"));
        };
        let identity = match decode::<Map<String, Value>>(token, &key.key, validation) {
            Ok(token) => self.names.identity(token.claims, self.rules.leeway),
            Err(error) => return Ok(refused(&error.to_string())),
        };
        match identity {
            Some(identity) => self.check.admit(identity).await,
            None => Ok(None),
        }
    }
}

/// Logs why a token is invalid, without any part of the token, and returns `None`.
fn refused(reason: &str) -> Option<Identity> {
    tracing::debug!(reason, "a bearer token is invalid");
    None
}

#[async_trait]
impl AuthenticationScheme for Jwt {
    fn name(&self) -> &str {
        &self.name
    }

    fn challenge(&self, request: &request::Parts) -> HeaderValue {
        let token = bearer(&request.headers).or_else(|| self.in_cookie(request));
        challenge(token.or_else(|| QueryToken::of(request)).is_some())
    }

    fn insufficient_scope(&self, scopes: &[String]) -> Option<HeaderValue> {
        insufficient_scope(scopes)
    }

    fn config_errors(&self) -> Vec<String> {
        let is_unset = |rule: &ClaimRule| rule.values().is_some_and(<[String]>::is_empty);
        let mut errors = errors_of_origins(&self.trusted);
        let mut add_if = |is_error: bool, text: &str| {
            if is_error {
                errors.push(text.to_owned());
            }
        };
        add_if(
            is_unset(&self.rules.issuers),
            "accepts no issuer; add `.issuer(…)` or `.accept_any_issuer()`",
        );
        add_if(
            is_unset(&self.rules.audiences),
            "accepts no audience; add `.audience(…)` or `.accept_any_audience()`",
        );
        let stray = "a key is ignored because the scheme has a key source; register another scheme \
                     for it";
        add_if(self.has_stray_key, stray);
        let KnownKeys::Given(keys) = &self.keys else {
            return errors;
        };
        let is_short = keys.iter().any(|key| key.is_short);
        add_if(is_short, "a secret is shorter than 32 bytes; use random bytes");
        let is_unnamed = keys.len() > 1 && keys.iter().any(|key| key.id.is_none());
        add_if(is_unnamed, "one of several keys has no id; add `.id(…)` to it");
        errors
    }

    fn carriers(&self) -> Vec<Carrier> {
        let cookie = self.cookie.clone().map(Carrier::Cookie);
        [Carrier::Bearer(Some("JWT"))].into_iter().chain(cookie).chain([Carrier::Query]).collect()
    }

    async fn authenticate(&self, request: &request::Parts) -> Result<Option<Identity>, Problem> {
        if let Some(token) = bearer(&request.headers) {
            return self.verify(token).await;
        }
        if let Some(token) = self.in_cookie(request) {
            let identity = self.verify(token).await?;
            if identity.is_some() {
                refuse_cross_origin(request, &self.trusted)?;
            }
            return Ok(identity);
        }
        match QueryToken::of(request) {
            Some(token) => self.verify(token).await,
            None => Ok(None),
        }
    }

    /// Returns the value of `Authorization` if it has a bearer token, otherwise the token in the
    /// cookie, otherwise the token in the query. Returns `None` if there is none, or if it does not
    /// have the form of a JSON Web Token.
    fn credentials<'r>(&self, request: &'r request::Parts) -> Option<&'r [u8]> {
        let is_token = |text: &&str| decode_header(text).is_ok();
        if let Some(text) = bearer(&request.headers) {
            let header = request.headers.get(AUTHORIZATION).map(HeaderValue::as_bytes);
            return header.filter(|_| is_token(&text));
        }
        self.in_cookie(request)
            .or_else(|| QueryToken::of(request))
            .filter(is_token)
            .map(str::as_bytes)
    }

    fn is_signed(&self) -> bool {
        true
    }

    fn still_holds<'a>(&'a self, identity: &'a Identity) -> Option<StillHolds<'a>> {
        self.check.ask(identity)
    }
}

#[cfg(test)]
mod tests {
    use http::Request;
    use http::header::COOKIE;

    use super::*;
    use crate::jwt::JwtKey;

    #[test]
    fn the_challenge_names_an_invalid_token_of_the_cookie() {
        let jwt = Jwt::new(JwtKey::secret([1; 32])).cookie("token");
        let challenge = |cookie| {
            let request = Request::get("/").header(COOKIE, cookie).body(()).unwrap();
            jwt.challenge(&request.into_parts().0)
        };
        assert_eq!(challenge("token=abc"), r#"Bearer error="invalid_token""#);
        assert_eq!(challenge("other=abc"), "Bearer");
    }
}
