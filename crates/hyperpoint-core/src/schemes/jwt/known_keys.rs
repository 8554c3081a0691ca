//! The keys that are known, and where more are to be had.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use http::StatusCode;
use jsonwebtoken::jwk::JwkSet;
use tokio::sync::Mutex;
use tokio::time::{Instant, timeout};

use super::algorithm::JwtAlgorithm;
use super::key::{InvalidJwtKey, JwtKey};
use crate::problem::Problem;

type Fetched = Pin<Box<dyn Future<Output = Result<String, Problem>> + Send>>;
type Fetch = Box<dyn Fn() -> Fetched + Send + Sync>;

/// How long a source may take to answer.
const FETCH: Duration = Duration::from_secs(10);

/// The keys that are known.
pub(super) enum KnownKeys {
    Given(Vec<JwtKey>),
    Fetched(FetchedKeys),
}

/// Keys from a source that is asked again.
pub(super) struct FetchedKeys {
    fetch: Fetch,
    algorithms: Vec<JwtAlgorithm>,
    /// The least time between two questions.
    pub(super) every: Duration,
    /// The age at which a set is asked for again although it has the key.
    pub(super) max_age: Duration,
    known: RwLock<Option<Known>>,
    /// When the source was asked last; held while it is.
    asked: Mutex<Option<Instant>>,
}

#[derive(Clone)]
struct Known {
    keys: Arc<[JwtKey]>,
    since: Instant,
}

impl KnownKeys {
    /// The key that verifies a token with this `kid`.
    pub(super) async fn find(&self, id: Option<&str>) -> Result<Option<JwtKey>, Problem> {
        match self {
            Self::Given(keys) => Ok(pick(keys, id).cloned()),
            Self::Fetched(source) => source.find(id).await,
        }
    }
}

/// The key of this id, or the only one where it or the token has none.
fn pick<'k>(keys: &'k [JwtKey], id: Option<&str>) -> Option<&'k JwtKey> {
    match (keys, id) {
        ([one], None) => Some(one),
        ([one], Some(_)) if one.id.is_none() => Some(one),
        (_, Some(id)) => keys.iter().find(|key| key.id.as_deref() == Some(id)),
        (_, None) => None,
    }
}

/// The keys of a set (RFC 7517 §5) that verify signatures of these algorithms. Others are passed
/// over, as the standard says.
pub(super) fn parse(json: &str, algorithms: &[JwtAlgorithm]) -> Result<Vec<JwtKey>, InvalidJwtKey> {
    let set: JwkSet = serde_json::from_str(json)
        .map_err(|error| InvalidJwtKey(format!("it is no JSON Web Key Set: {error}")))?;
    let keys = set.keys.iter().filter_map(|jwk| JwtKey::from_jwk(jwk, algorithms));
    let keys: Vec<_> = keys.collect();
    if keys.is_empty() { Err(invalid("the set has no key for these algorithms")) } else { Ok(keys) }
}

fn invalid(text: &str) -> InvalidJwtKey {
    InvalidJwtKey(text.to_owned())
}

impl FetchedKeys {
    pub(super) fn new(algorithms: Vec<JwtAlgorithm>, fetch: Fetch) -> Self {
        Self {
            fetch,
            algorithms,
            every: Duration::from_mins(1),
            max_age: Duration::from_hours(1),
            known: RwLock::new(None),
            asked: Mutex::new(None),
        }
    }

    async fn find(&self, id: Option<&str>) -> Result<Option<JwtKey>, Problem> {
        let known = self.known();
        let found = known.as_ref().and_then(|known| pick(&known.keys, id).cloned());
        let is_old = known.as_ref().is_none_or(|known| known.since.elapsed() >= self.max_age);
        if found.is_some() && !is_old {
            return Ok(found);
        }
        match self.refresh().await {
            // Keys that are old are better than none while their source is away.
            Err(problem) if known.is_none() => Err(problem),
            _ => Ok(self.known().and_then(|known| pick(&known.keys, id).cloned())),
        }
    }

    /// Asks the source, unless that was done a moment ago. Whoever comes meanwhile waits for it.
    async fn refresh(&self) -> Result<(), Problem> {
        let mut asked = self.asked.lock().await;
        if asked.is_some_and(|asked| asked.elapsed() < self.every) {
            return if self.known().is_some() {
                Ok(())
            } else {
                Err(away("it failed a moment ago"))
            };
        }
        let fetched = timeout(FETCH, (self.fetch)()).await;
        *asked = Some(Instant::now());
        let keys = match fetched {
            Ok(Ok(json)) => parse(&json, &self.algorithms).map_err(|error| away(error.to_string())),
            Ok(Err(problem)) => Err(away(problem.into_error())),
            Err(_) => Err(away("the source of keys did not answer in time")),
        };
        let keys = keys.inspect_err(|problem| {
            let error = problem.private_source().map(ToString::to_string);
            tracing::warn!(error, "failed to fetch the keys of tokens");
        })?;
        let known = Known { keys: keys.into(), since: Instant::now() };
        *self.known.write().unwrap_or_else(PoisonError::into_inner) = Some(known);
        Ok(())
    }

    fn known(&self) -> Option<Known> {
        self.known.read().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

fn away(cause: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Problem {
    Problem::new(StatusCode::SERVICE_UNAVAILABLE)
        .detail("tokens can't be verified at the moment")
        .caused_by(cause)
}

impl fmt::Debug for KnownKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Given(keys) => f.debug_tuple("Given").field(keys).finish(),
            Self::Fetched(source) => f.debug_tuple("Fetched").field(&source.algorithms).finish(),
        }
    }
}
