//! Owns how what goes wrong is told.

use std::error::Error;
use std::fmt;
use std::time::Duration;

use async_nats::jetstream::context::{PublishError, PublishErrorKind};
use hyperpoint_topics::BackplaneError;
use tokio::time::timeout;

pub(crate) type Result<T> = std::result::Result<T, BackplaneError>;

/// What the client says of work of this kind.
pub(crate) fn failed<E>(doing: &'static str) -> impl FnOnce(E) -> BackplaneError
where
    E: Into<Box<dyn Error + Send + Sync>>,
{
    move |error| BackplaneError::new(doing, error)
}

/// Why an event was not stored.
pub(crate) fn not_published(error: PublishError) -> BackplaneError {
    match error.kind() {
        PublishErrorKind::MaxPayloadExceeded => {
            BackplaneError::too_large("publish an event over the limit of the server", error)
        }
        _ => BackplaneError::new("publish an event", error),
    }
}

/// What work gives that is done within the time that an answer is waited for.
pub(crate) async fn within<T>(
    doing: &'static str,
    limit: Duration,
    work: impl Future<Output = Result<T>>,
) -> Result<T> {
    let late = |_| BackplaneError::new(doing, NoAnswer(limit));
    timeout(limit, work).await.map_err(late)?
}

/// The server is away.
#[derive(Debug)]
struct NoAnswer(Duration);

impl fmt::Display for NoAnswer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "no answer of the server within {:?}", self.0)
    }
}

impl Error for NoAnswer {}
