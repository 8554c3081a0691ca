//! Keys that a background task fetches from a source.
//!
//! A fetch runs in the background task and not in the request that caused it: a client that
//! disconnects does not cancel the fetch, and requests with a known key do not wait for it.

use std::fmt;
use std::future::Future;
use std::panic::AssertUnwindSafe;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use futures_util::FutureExt;
use http::StatusCode;
use tokio::sync::watch;
use tokio::time::{Instant, sleep, timeout};
use tokio_util::task::AbortOnDropHandle;

use super::algorithm::JwtAlgorithm;
use super::key::JwtKey;
use super::key_set::parse;
use super::wanted_key::WantedKey;
use hyperpoint_core::problem::Problem;

type Fetched = Pin<Box<dyn Future<Output = Result<String, Problem>> + Send>>;
type Fetch = Arc<dyn Fn() -> Fetched + Send + Sync>;

/// The timeout of a fetch, and of a request that waits for one.
const FETCH_TIMEOUT: Duration = Duration::from_secs(10);

/// The minimum pause between two fetches, unless a request needs an unknown key earlier.
const MIN_PAUSE: Duration = Duration::from_secs(1);

/// The keys of the last fetched set, and the task that fetches sets.
pub(super) struct FetchedKeys {
    source: KeySource,
    state: watch::Sender<State>,
    task: Mutex<Option<AbortOnDropHandle<()>>>,
}

/// A source of key sets, and the intervals of its fetches.
#[derive(Clone)]
struct KeySource {
    fetch: Fetch,
    algorithms: Vec<JwtAlgorithm>,
    /// The minimum time between the starts of two fetches.
    every: Duration,
    /// The age at which a set is fetched again.
    max_age: Duration,
}

#[derive(Default)]
struct State {
    /// The keys of the last set, or `None` before the first successful fetch.
    keys: Option<Vec<JwtKey>>,
    /// The start time of the last fetch, or `None` before the first.
    started: Option<Instant>,
    /// Whether a fetch is requested or running.
    is_pending: bool,
}

impl FetchedKeys {
    pub(super) fn new<F, Fut>(algorithms: Vec<JwtAlgorithm>, source: F) -> Self
    where
        F: Fn() -> Fut + Send + Sync + 'static,
        Fut: Future<Output = Result<String, Problem>> + Send + 'static,
    {
        let fetch: Fetch = Arc::new(move || Box::pin(source()));
        let (every, max_age) = (Duration::from_mins(1), Duration::from_hours(1));
        Self {
            source: KeySource { fetch, algorithms, every, max_age },
            state: watch::Sender::default(),
            task: Mutex::default(),
        }
    }

    /// Sets the minimum time between two fetches, and the maximum age of a set.
    pub(super) fn refresh(&mut self, every: Duration, max_age: Duration) {
        (self.source.every, self.source.max_age) = (every, max_age);
    }

    /// Returns the key that verifies the token, or `None` if the key is unknown. Before it returns
    /// `None` or an error, requests a fetch, unless the last fetch started less than the minimum
    /// time ago, and waits until no fetch is running, for at most [`FETCH_TIMEOUT`].
    ///
    /// # Errors
    ///
    /// Returns a 503 problem if no set was fetched yet.
    ///
    /// # Cancel safety
    ///
    /// Cancel safe: dropping the future does not cancel the fetch.
    pub(super) async fn find(&self, wanted: WantedKey<'_>) -> Result<Option<JwtKey>, Problem> {
        if let Ok(Some(key)) = self.known(wanted) {
            return Ok(Some(key));
        }
        self.request_fetch();
        let mut state = self.state.subscribe();
        // A fetch that failed or timed out is ignored, because the keys of an earlier set may
        // suffice.
        let _ = timeout(FETCH_TIMEOUT, state.wait_for(|state| !state.is_pending)).await;
        self.known(wanted)
    }

    /// Returns the key from the last set, or `None` if the set does not contain it.
    ///
    /// # Errors
    ///
    /// Returns a 503 problem if no set was fetched yet.
    fn known(&self, wanted: WantedKey<'_>) -> Result<Option<JwtKey>, Problem> {
        match &self.state.borrow().keys {
            Some(keys) => Ok(wanted.among(keys).cloned()),
            None => Err(Problem::new(StatusCode::SERVICE_UNAVAILABLE)
                .detail("tokens cannot be verified at the moment")
                .caused_by("no key set was fetched yet")),
        }
    }

    /// Requests a fetch, if one is due, and starts the task if it is not running.
    fn request_fetch(&self) {
        let every = self.source.every;
        self.state.send_if_modified(|state| {
            let is_due = state.started.is_none_or(|started| started.elapsed() >= every);
            let is_new = is_due && !state.is_pending;
            state.is_pending |= is_new;
            is_new
        });
        let mut task = self.task.lock().unwrap_or_else(PoisonError::into_inner);
        // The task has finished if its runtime was shut down.
        if task.as_ref().is_none_or(AbortOnDropHandle::is_finished) {
            let work = self.source.clone().keep_fetched(self.state.clone());
            *task = Some(AbortOnDropHandle::new(tokio::spawn(work)));
        }
    }
}

impl KeySource {
    /// Fetches the set when the minimum time since the last fetch has passed, and again whenever a
    /// fetch is requested, the set exceeds its maximum age, or the minimum time since a failed
    /// fetch has passed.
    async fn keep_fetched(self, state: watch::Sender<State>) {
        let mut wanted = state.subscribe();
        let before = state.borrow().started;
        if let Some(before) = before {
            sleep(self.every.saturating_sub(before.elapsed())).await;
        }
        loop {
            let now = Some(Instant::now());
            state.send_modify(|state| (state.started, state.is_pending) = (now, true));
            let keys = self.fetch().await;
            let pause = if keys.is_some() { self.every.max(self.max_age) } else { self.every };
            state.send_modify(|state| {
                state.is_pending = false;
                // The old keys are kept while the source fails.
                state.keys = keys.or_else(|| state.keys.take());
            });
            let is_wanted = wanted.wait_for(|state| state.is_pending);
            let _ = timeout(pause.max(MIN_PAUSE), is_wanted).await;
        }
    }

    /// Fetches a set and returns its keys. If the fetch fails, logs the error and returns `None`.
    async fn fetch(&self) -> Option<Vec<JwtKey>> {
        let fetched = AssertUnwindSafe(async { (self.fetch)().await }).catch_unwind();
        let keys = match timeout(FETCH_TIMEOUT, fetched).await {
            Ok(Ok(Ok(json))) => parse(&json, &self.algorithms).map_err(|error| error.to_string()),
            Ok(Ok(Err(problem))) => Err(problem.into_error().to_string()),
            Ok(Err(_)) => Err("the source panicked".to_owned()),
            Err(_) => Err("the source did not respond in time".to_owned()),
        };
        keys.inspect_err(|error| tracing::warn!(error, "failed to fetch the keys for tokens")).ok()
    }
}

impl fmt::Debug for FetchedKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Fetched").field(&self.source.algorithms).finish()
    }
}
