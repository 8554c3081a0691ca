//! The processing of a request by a mounted service: the same checks as for an endpoint without
//! event streams, in the same order.

use std::error::Error;
use std::sync::Arc;
use std::time::SystemTime;

use bytes::Bytes;
use futures_util::FutureExt;
use futures_util::future::select;
use http::{Request, Response, StatusCode, request};
use http_body::Body as HttpBody;
use hyperpoint_core::identity::Revoked;
use hyperpoint_core::problem::About;
use hyperpoint_core::request_body::RequestBody;
use hyperpoint_core::{Body, Identity, Peer, Problem};
use tower::ServiceExt;

use super::app::App;
use super::limited_body::limited;
use super::query_token::keep_own_query_token;
use super::renewal::renewed;
use super::responding::{Responding, refuse};
use super::revoked::until_revoked;
use crate::authorization::{Admission, Refused, admit};
use crate::limits::OverLimit;
use crate::routing::MountedService;
use crate::telemetry::RequestRecord;
use crate::upgrade_gate::UpgradeGate;

type BoxError = Box<dyn Error + Send + Sync>;

/// Checks limits and access, and passes the request to the service.
pub(super) fn answer_mounted<B>(
    app: &Arc<App>,
    service: &Arc<MountedService>,
    request: Request<B>,
    peer: Option<Peer>,
) -> Responding
where
    B: HttpBody<Data = Bytes> + Send + 'static,
    B::Error: Into<BoxError>,
{
    let (mut parts, body) = request.into_parts();
    let limit = service.body_limits.bytes;
    if body.size_hint().lower() > limit as u64 {
        let problem = RequestBody::too_large(limit).about(&parts);
        return Responding::refused(&service.error_format, problem);
    }
    if let Some(limits) = &service.limits
        && let Err(over) = limits.check_early(&parts, peer)
    {
        return Responding::refused(&service.error_format, over_limit(over, &parts));
    }
    keep_own_query_token(&service.access, &mut parts);
    let body = match limited(body, &service.body_limits) {
        Ok(body) => body,
        Err(problem) => return Responding::refused(&service.error_format, problem.about(&parts)),
    };
    let (app, service) = (Arc::clone(app), Arc::clone(service));
    let format = service.error_format.clone();
    Responding::boxed(&format, async move {
        let identity = match admitted(&service, &parts, peer).await {
            Ok(identity) => identity,
            Err(problem) => return refuse(&service.error_format, problem.about(&parts)),
        };
        let answer = call(&app, &service, Request::from_parts(parts, body), peer, &identity).await;
        let answer = until_revoked(answer, &service.access, &identity);
        renewed(answer, identity.renewal().cloned())
    })
}

/// Authenticates the request, checks that its identity meets the service's rules and limits, and
/// returns the identity.
async fn admitted(
    service: &MountedService,
    parts: &request::Parts,
    peer: Option<Peer>,
) -> Result<Identity, Problem> {
    let identity = match admit(&service.access, parts, peer).await {
        Ok(identity) => identity,
        Err(Refused::Problem(problem)) => return Err(problem),
        Err(Refused::OverLimit(over)) => return Err(over_limit(over, parts)),
    };
    if let Some(record) = RequestRecord::of(&parts.extensions) {
        record.record_user(identity.subject());
    }
    if let Some(limits) = &service.limits {
        limits.check(parts, &identity, peer).map_err(|over| over_limit(over, parts))?;
    }
    Ok(identity)
}

/// Returns the refusal of a request that is over a limit, and records it.
fn over_limit(over: OverLimit, parts: &request::Parts) -> Problem {
    if let Some(record) = RequestRecord::of(&parts.extensions) {
        record.record_refusal("over_limit");
    }
    over.into_problem().about(parts)
}

/// Passes the request to the service, without the mount path in its target.
async fn call(
    app: &App,
    service: &MountedService,
    mut request: Request<Body>,
    peer: Option<Peer>,
    identity: &Identity,
) -> Response<Body> {
    let about = About::new(&request);
    let Some(target) = service.inner_target(request.uri()) else {
        let problem = Problem::new(StatusCode::NOT_FOUND).about(about);
        return refuse(&service.error_format, problem);
    };
    *request.uri_mut() = target;
    let extensions = request.extensions_mut();
    extensions.insert(identity.clone());
    extensions.insert(app.state.stopping().clone());
    if let Some(peer) = peer {
        extensions.insert(peer);
    }
    let gate = extensions.get::<Arc<UpgradeGate>>().cloned();
    let answer = match service.service.clone().oneshot(request).await {
        Ok(answer) => answer,
        Err(error) => {
            let problem = app.state.problems().apply(Problem::from(error));
            return refuse(&service.error_format, problem.about(about));
        }
    };
    if let Some(gate) = gate.filter(|_| answer.status() == StatusCode::SWITCHING_PROTOCOLS)
        && let Some(ended) = ended(&service.access, identity)
    {
        gate.close_when(ended);
    }
    answer
}

/// Returns a future that completes when the identity expires or is revoked, or `None` if it neither
/// expires nor can be revoked.
fn ended(access: &Admission, identity: &Identity) -> Option<Revoked> {
    let revoked = access.revocation.watch(identity);
    let expired = identity.expires_at().map(|end| {
        let left = end.duration_since(SystemTime::now()).unwrap_or_default();
        Box::pin(tokio::time::sleep(left)) as Revoked
    });
    match (expired, revoked) {
        (Some(expired), Some(revoked)) => Some(Box::pin(select(expired, revoked).map(drop))),
        (expired, revoked) => expired.or(revoked),
    }
}
