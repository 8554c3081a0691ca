//! Whether a host is ready for work.

use std::error::Error;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use futures_util::future::{BoxFuture, join_all};
use http::StatusCode;
use hyperpoint_core::{Problem, Stopping};

type BoxError = Box<dyn Error + Send + Sync>;
type Check = Arc<dyn Fn() -> BoxFuture<'static, Result<(), BoxError>> + Send + Sync>;

/// The longest that a check may take. Who asks does not wait for long.
const LONGEST_CHECK: Duration = Duration::from_secs(2);

/// What else must be well, for a host to be ready: see [`Host::health`](crate::Host::health).
#[derive(Clone, Default)]
#[must_use = "it is returned from the function that is given to `health`"]
pub struct HealthChecks(Vec<(String, Check)>);

impl HealthChecks {
    /// Adds a check, run each time that somebody asks. Its name is told to who asks, its error only
    /// to the log. It has 2 s.
    ///
    /// # Example
    ///
    /// ```
    /// use std::io;
    /// use hyperpoint_host::Host;
    ///
    /// let host = Host::new().health(|checks| {
    ///     checks.check("disk", || async { std::fs::metadata("/var/lib/app").map(drop) })
    /// });
    /// # let _ = host;
    /// ```
    pub fn check<F, E>(
        mut self,
        name: impl Into<String>,
        check: impl Fn() -> F + Send + Sync + 'static,
    ) -> Self
    where
        F: Future<Output = Result<(), E>> + Send + 'static,
        E: Into<BoxError>,
    {
        let check: Check = Arc::new(move || {
            let checked = check();
            Box::pin(async move { checked.await.map_err(Into::into) })
        });
        self.0.push((name.into(), check));
        self
    }
}

/// Whether a host is ready for work. A service of each host: an endpoint that wants to tell it in its
/// own way has a field `Arc<Health>`.
pub struct Health {
    stopping: Stopping,
    checks: HealthChecks,
}

impl Health {
    pub(crate) fn new(checks: HealthChecks, stopping: Stopping) -> Self {
        Self { stopping, checks }
    }

    /// Runs all checks at one time.
    ///
    /// # Errors
    ///
    /// 503 while the host stops, and where a check fails or takes longer than 2 s: each by its name.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future drops the checks that are not through.
    pub async fn ready(&self) -> Result<(), Problem> {
        if self.stopping.is_requested() {
            return Err(unavailable().detail("the host stops"));
        }
        let checked = self.checks.0.iter().map(|(name, check)| async move {
            let checked = tokio::time::timeout(LONGEST_CHECK, check()).await;
            let error = checked.unwrap_or_else(|_| Err("it took too long".into())).err()?;
            tracing::warn!(check = name, %error, "not ready");
            Some(name)
        });
        let failed: Vec<_> = join_all(checked).await.into_iter().flatten().collect();
        if failed.is_empty() {
            return Ok(());
        }
        let tell = |problem: Problem, name: &&String| {
            problem.error_with_code(name.as_str(), "not_ready", "is not ready")
        };
        Err(failed.iter().fold(unavailable().detail("a check fails"), tell))
    }
}

fn unavailable() -> Problem {
    Problem::new(StatusCode::SERVICE_UNAVAILABLE)
}

impl fmt::Debug for HealthChecks {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.0.iter().map(|(name, _)| name)).finish()
    }
}

impl fmt::Debug for Health {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Health").field("checks", &self.checks).finish_non_exhaustive()
    }
}
