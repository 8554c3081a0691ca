//! Authenticates requests by bearer tokens, as [`Jwt`] is configured.

use async_trait::async_trait;
use http::header::AUTHORIZATION;
use http::{HeaderValue, request};
use jsonwebtoken::{Validation, decode, decode_header};
use serde_json::{Map, Value};

use super::bearer::bearer;
use super::jwt::Jwt;
use super::known_keys::KnownKeys;
use super::rules::Asked;
use super::wanted_key::WantedKey;
use crate::cookies::cookie;
use crate::identity::{AuthenticationScheme, Identity, QueryToken, StillHolds};
use crate::problem::Problem;
use crate::schemes::cross_origin::{mistakes_of_origins, refuse_cross_origin};

impl Jwt {
    /// The user of a token that holds.
    async fn verify(&self, token: &str) -> Result<Option<Identity>, Problem> {
        let Ok(header) = decode_header(token) else {
            return Ok(refused("it is no token"));
        };
        // What the header calls critical has to be understood (RFC 7515 §4.1.11), and nothing is.
        if header.crit.is_some() {
            return Ok(refused("it has critical extensions"));
        }
        let Some(key) = self.keys.find(WantedKey::of(&header)).await? else {
            return Ok(refused("its key is not known"));
        };
        if header.alg != key.algorithm.code() {
            return Ok(refused("its algorithm is not that of the key"));
        }
        let validations = self.validations.get_or_init(|| self.rules.validations());
        let is_own = |validation: &&Validation| validation.algorithms == [header.alg];
        let Some(validation) = validations.iter().find(is_own) else {
            return Ok(refused("its algorithm is not known"));
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

/// Tells the log why a token does not hold, and nothing of the token.
fn refused(reason: &str) -> Option<Identity> {
    tracing::debug!(reason, "a bearer token does not hold");
    None
}

#[async_trait]
impl AuthenticationScheme for Jwt {
    fn name(&self) -> &str {
        &self.name
    }

    fn challenge(&self, request: &request::Parts) -> HeaderValue {
        // A token was there, and did not hold (RFC 6750 §3.1).
        HeaderValue::from_static(match bearer(&request.headers).or(QueryToken::of(request)) {
            Some(_) => r#"Bearer error="invalid_token""#,
            None => "Bearer",
        })
    }

    fn insufficient_scope(&self, scopes: &[String]) -> Option<HeaderValue> {
        let scopes = scopes.join(" ");
        let text = format!(r#"Bearer error="insufficient_scope", scope="{scopes}""#);
        HeaderValue::try_from(text).ok()
    }

    fn mistakes(&self) -> Vec<String> {
        let is_open = |asked: &Asked| asked.values().is_some_and(<[String]>::is_empty);
        let mut mistakes = mistakes_of_origins(&self.trusted);
        let mut tell = |is_so: bool, text: &str| {
            if is_so {
                mistakes.push(text.to_owned());
            }
        };
        tell(
            is_open(&self.rules.issuers),
            "says of no issuer that it is believed; add `.issuer(…)`, or `.accept_any_issuer()`",
        );
        tell(
            is_open(&self.rules.audiences),
            "says of no audience that it is its own; add `.audience(…)`, or \
             `.accept_any_audience()`",
        );
        let stray = "a key beside a source of keys is never used; give it a scheme of its own";
        tell(self.has_stray_key, stray);
        let KnownKeys::Given(keys) = &self.keys else {
            return mistakes;
        };
        let is_short = keys.iter().any(|key| key.is_short);
        tell(is_short, "a secret is shorter than 32 bytes; make it of random ones");
        let is_unnamed = keys.len() > 1 && keys.iter().any(|key| key.id.is_none());
        tell(is_unnamed, "one of several keys has no id; add `.id(…)` to it");
        mistakes
    }

    async fn authenticate(&self, request: &request::Parts) -> Result<Option<Identity>, Problem> {
        if let Some(token) = bearer(&request.headers) {
            return self.verify(token).await;
        }
        let name = self.cookie.as_deref();
        if let Some(token) = name.and_then(|name| cookie(request, name)) {
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

    /// What has the form of a token, in the header, the cookie or the query, whichever is read.
    fn credentials<'r>(&self, request: &'r request::Parts) -> Option<&'r [u8]> {
        let is_token = |text: &&str| decode_header(text).is_ok();
        if let Some(text) = bearer(&request.headers) {
            let header = request.headers.get(AUTHORIZATION).map(HeaderValue::as_bytes);
            return header.filter(|_| is_token(&text));
        }
        let name = self.cookie.as_deref();
        let text = name.and_then(|name| cookie(request, name));
        text.or_else(|| QueryToken::of(request)).filter(is_token).map(str::as_bytes)
    }

    fn is_signed(&self) -> bool {
        true
    }

    fn still_holds<'a>(&'a self, identity: &'a Identity) -> Option<StillHolds<'a>> {
        self.check.ask(identity)
    }
}
