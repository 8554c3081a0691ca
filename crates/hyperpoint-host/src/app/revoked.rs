//! The end of a streamed response when the identity of its request is revoked.

use http::Response;
use hyperpoint_core::{Body, Identity};

use crate::authorization::Admission;

/// Ends a streamed response when the identity is revoked. A response in memory is returned
/// unchanged.
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
