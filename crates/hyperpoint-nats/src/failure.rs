//! Converts the errors of the NATS client to [`BackplaneError`].

use std::error::Error;
use std::fmt;
use std::time::Duration;

use async_nats::jetstream::context::{PublishError, PublishErrorKind};
use async_nats::jetstream::{self, ErrorCode};
use hyperpoint_topics::BackplaneError;
use hyperpoint_topics::backplane::BackplaneErrorKind;
use tokio::time::timeout;

pub(crate) type Result<T> = std::result::Result<T, BackplaneError>;

/// Returns a conversion of client errors to a `BackplaneError` that names the operation.
pub(crate) fn failed<E>(doing: &'static str) -> impl FnOnce(E) -> BackplaneError
where
    E: Into<Box<dyn Error + Send + Sync>>,
{
    move |error| BackplaneError::new(doing, error)
}

/// Converts the error of a publication. An event larger than the server accepts becomes a
/// [`BackplaneError::too_large`].
pub(crate) fn publish_error(error: PublishError) -> BackplaneError {
    if error.kind() == PublishErrorKind::MaxPayloadExceeded {
        return BackplaneError::too_large("publish an event larger than the server accepts", error);
    }
    let kind = kind(&error);
    BackplaneError::new("publish an event", error).of_kind(kind)
}

/// Returns the kind of a publication's error: `Full` if the server has no space left, or
/// `Unavailable`.
fn kind(error: &PublishError) -> BackplaneErrorKind {
    const FULL: [ErrorCode; 3] = [
        ErrorCode::ACCOUNT_RESOURCES_EXCEEDED,
        ErrorCode::INSUFFICIENT_RESOURCES,
        ErrorCode::STORAGE_RESOURCES_EXCEEDED,
    ];
    let source = error.source().and_then(|source| source.downcast_ref::<jetstream::Error>());
    match source {
        Some(error) if FULL.contains(&error.error_code()) => BackplaneErrorKind::Full,
        _ => BackplaneErrorKind::Unavailable,
    }
}

/// Returns the result of `work`, or an error that names the operation if it takes longer than
/// `limit`.
pub(crate) async fn with_timeout<T>(
    doing: &'static str,
    limit: Duration,
    work: impl Future<Output = Result<T>>,
) -> Result<T> {
    let late = |_| BackplaneError::new(doing, NoResponse(limit));
    timeout(limit, work).await.map_err(late)?
}

/// The error that the server did not respond within this time.
#[derive(Debug)]
struct NoResponse(Duration);

impl fmt::Display for NoResponse {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the NATS server did not respond within {:?}", self.0)
    }
}

impl Error for NoResponse {}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(code: u64) -> BackplaneError {
        let text = format!(r#"{{"code": 503, "err_code": {code}, "description": "refused"}}"#);
        let error: jetstream::Error = serde_json::from_str(&text).unwrap();
        publish_error(PublishError::with_source(PublishErrorKind::Other, error))
    }

    #[test]
    fn a_server_without_space_is_full_and_another_fault_is_unavailable() {
        assert_eq!(refused(10_047).kind(), BackplaneErrorKind::Full);
        assert_eq!(refused(10_074).kind(), BackplaneErrorKind::Unavailable);
    }
}
