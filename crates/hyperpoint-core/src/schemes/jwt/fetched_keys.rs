//! The keys of a source, fetched by a task of their own.
//!
//! A fetch belongs to the key set and not to the request that caused it: clients that hang up
//! neither end it nor cause another, and requests whose key is known do not wait for it.

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
use crate::problem::Problem;

type Fetched = Pin<Box<dyn Future<Output = Result<String, Problem>> + Send>>;
type Fetch = Arc<dyn Fn() -> Fetched + Send + Sync>;

/// How long a fetch may take, and how long a request waits for one.
const FETCH_TIMEOUT: Duration = Duration::from_secs(10);

/// The shortest pause between two fetches that no request asked for.
const MIN_PAUSE: Duration = Duration::from_secs(1);

/// The keys of a source, and the task that fetches them.
pub(super) struct FetchedKeys {
    source: KeySource,
    state: watch::Sender<State>,
    task: Mutex<Option<AbortOnDropHandle<()>>>,
}

/// A source of key sets, and how often it is asked.
#[derive(Clone)]
struct KeySource {
    fetch: Fetch,
    algorithms: Vec<JwtAlgorithm>,
    /// The least time between the beginnings of two fetches.
    every: Duration,
    /// The age at which a set is fetched again.
    max_age: Duration,
}

#[derive(Default)]
struct State {
    /// The keys of the last set; `None` before the first.
    keys: Option<Vec<JwtKey>>,
    /// When the last fetch began.
    asked: Option<Instant>,
    /// Whether a fetch is wanted or under way.
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

    pub(super) fn refresh(&mut self, every: Duration, max_age: Duration) {
        (self.source.every, self.source.max_age) = (every, max_age);
    }

    /// Returns the key that verifies such a token. If it is unknown, asks for a fetch, unless one
    /// began a moment ago, and waits for it.
    ///
    /// # Errors
    ///
    /// 503 while no set was fetched.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future does not end the fetch.
    pub(super) async fn find(&self, wanted: WantedKey<'_>) -> Result<Option<JwtKey>, Problem> {
        if let Ok(Some(key)) = self.known(wanted) {
            return Ok(Some(key));
        }
        self.ask();
        let mut state = self.state.subscribe();
        // Whatever the outcome, the keys that are known then decide.
        let _ = timeout(FETCH_TIMEOUT, state.wait_for(|state| !state.is_pending)).await;
        self.known(wanted)
    }

    /// Returns the key among those of the last set.
    ///
    /// # Errors
    ///
    /// 503 before the first set.
    fn known(&self, wanted: WantedKey<'_>) -> Result<Option<JwtKey>, Problem> {
        match &self.state.borrow().keys {
            Some(keys) => Ok(wanted.among(keys).cloned()),
            None => Err(Problem::new(StatusCode::SERVICE_UNAVAILABLE)
                .detail("tokens can't be verified at the moment")
                .caused_by("no set of keys was fetched yet")),
        }
    }

    /// Asks for a fetch, if one is due, and starts the task that does it.
    fn ask(&self) {
        let every = self.source.every;
        self.state.send_if_modified(|state| {
            let is_due = state.asked.is_none_or(|asked| asked.elapsed() >= every);
            let is_new = is_due && !state.is_pending;
            state.is_pending |= is_new;
            is_new
        });
        let mut task = self.task.lock().unwrap_or_else(PoisonError::into_inner);
        // It has finished if its runtime has.
        if task.as_ref().is_none_or(AbortOnDropHandle::is_finished) {
            let work = self.source.clone().keep_fetched(self.state.clone());
            *task = Some(AbortOnDropHandle::new(tokio::spawn(work)));
        }
    }
}

impl KeySource {
    /// Fetches the set, now and whenever it is wanted or old.
    async fn keep_fetched(self, state: watch::Sender<State>) {
        let mut wanted = state.subscribe();
        let before = state.borrow().asked;
        if let Some(before) = before {
            sleep(self.every.saturating_sub(before.elapsed())).await;
        }
        loop {
            let now = Some(Instant::now());
            state.send_modify(|state| (state.asked, state.is_pending) = (now, true));
            let keys = self.fetch().await;
            let pause = if keys.is_some() { self.every.max(self.max_age) } else { self.every };
            state.send_modify(|state| {
                state.is_pending = false;
                // Old keys are better than none while their source is away.
                state.keys = keys.or_else(|| state.keys.take());
            });
            let is_wanted = wanted.wait_for(|state| state.is_pending);
            let _ = timeout(pause.max(MIN_PAUSE), is_wanted).await;
        }
    }

    /// The keys of the source, or a line in the log.
    async fn fetch(&self) -> Option<Vec<JwtKey>> {
        let fetched = AssertUnwindSafe(async { (self.fetch)().await }).catch_unwind();
        let keys = match timeout(FETCH_TIMEOUT, fetched).await {
            Ok(Ok(Ok(json))) => parse(&json, &self.algorithms).map_err(|error| error.to_string()),
            Ok(Ok(Err(problem))) => Err(problem.into_error().to_string()),
            Ok(Err(_)) => Err("the source panicked".to_owned()),
            Err(_) => Err("the source did not answer in time".to_owned()),
        };
        keys.inspect_err(|error| tracing::warn!(error, "failed to fetch the keys of tokens")).ok()
    }
}

impl fmt::Debug for FetchedKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Fetched").field(&self.source.algorithms).finish()
    }
}
