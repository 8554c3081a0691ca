//! Streaming answers whose identity is revoked while they are sent.

use http::Response;
use hyperpoint_core::{Body, Identity};

use crate::routing::Admission;

/// The answer, which ends when this identity is revoked. What is in memory is sent as it is.
pub(super) fn until_revoked(
    answer: Response<Body>,
    access: &Admission,
    identity: &Identity,
) -> Response<Body> {
    if !answer.body().is_streamed() {
        return answer;
    }
    match access.revocation.watch(identity) {
        Some(revoked) => answer.map(|body| body.until_revoked(revoked)),
        None => answer,
    }
}
