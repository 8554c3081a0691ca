//! Health checks, and the readiness of a host.

use std::error::Error;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use futures_util::future::{BoxFuture, join_all};
use http::StatusCode;
use hyperpoint_core::{Problem, Stopping};

type BoxError = Box<dyn Error + Send + Sync>;
/// A registered health check. The future returns an error if the check fails.
type Check = Arc<dyn Fn() -> BoxFuture<'static, Result<(), BoxError>> + Send + Sync>;

/// Timeout of a check. Load balancers do not wait long for a response.
const LONGEST_CHECK: Duration = Duration::from_secs(2);

/// The checks that have to succeed for a host to be ready, set with
/// [`Host::health`](crate::Host::health).
///
/// # Examples
///
/// ```
/// use hyperpoint::Host;
///
/// let host = Host::new().health(|checks| {
///     checks.check("disk", || async { std::fs::metadata("/var/lib/app").map(drop) })
/// });
/// # drop(host);
/// ```
#[derive(Clone, Default)]
#[must_use = "return the checks from the closure passed to `Host::health`"]
pub struct HealthChecks(Vec<(String, Check)>);

impl HealthChecks {
    /// Adds a check, which runs for each request to `GET /health/ready` and each call of
    /// [`Health::ready`], unless the host is stopping. The check fails if it returns an error or
    /// takes longer than 2 s. The response shows the names of failed checks; their errors are only
    /// logged.
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

/// The readiness of a host, registered as a service of every host. To report the readiness in
/// another format, write an endpoint with a field `Arc<Health>`.
///
/// # Examples
///
/// ```
/// use hyperpoint::Health;
/// use hyperpoint::prelude::*;
///
/// /// GET /status
/// #[derive(Endpoint)]
/// struct Status {
///     health: Arc<Health>,
/// }
///
/// impl Endpoint for Status {
///     type Request = ();
///     type Response = String;
///
///     fn configure(config: &mut Config) {
///         config.get("/status");
///         config.allow_anonymous();
///     }
///
///     async fn handle(&self, (): (), cx: Cx<'_, Self>) -> Result {
///         let is_ready = self.health.ready().await.is_ok();
///         cx.send.string_async(if is_ready { "up" } else { "down" }).await
///     }
/// }
/// ```
pub struct Health {
    stopping: Stopping,
    checks: HealthChecks,
}

impl Health {
    pub(crate) fn new(checks: HealthChecks, stopping: Stopping) -> Self {
        Self { stopping, checks }
    }

    /// Runs all checks concurrently, unless the host is stopping.
    ///
    /// # Errors
    ///
    /// Returns a 503 problem if the host is stopping, or if a check fails or takes longer than 2 s.
    /// The problem names each failed check.
    ///
    /// # Cancel safety
    ///
    /// Cancel safe: dropping the future drops the checks that have not finished.
    pub async fn ready(&self) -> Result<(), Problem> {
        if self.stopping.is_requested() {
            return Err(unavailable().detail("the host is stopping"));
        }
        let checked = self.checks.0.iter().map(|(name, check)| async move {
            let checked = tokio::time::timeout(LONGEST_CHECK, check()).await;
            let error =
                checked.unwrap_or_else(|_| Err("the check took longer than 2 s".into())).err()?;
            tracing::warn!(check = name, %error, "not ready");
            Some(name)
        });
        let failed: Vec<_> = join_all(checked).await.into_iter().flatten().collect();
        if failed.is_empty() {
            return Ok(());
        }
        let add = |problem: Problem, name: &&String| {
            problem.error_with_code(name.as_str(), "not_ready", "is not ready")
        };
        Err(failed.iter().fold(unavailable().detail("a check fails"), add))
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
