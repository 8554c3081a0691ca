//! The processing of one connection, from its first byte to its end.

use std::sync::Arc;

use futures_util::future::{BoxFuture, Either, FutureExt, ready};
use http::Request;
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper::upgrade::OnUpgrade;
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncRead, AsyncWrite};

use super::activity::{Activity, Overdue};
use super::clocked_io::ClockedIo;
use super::counted_body::CountedBody;
use super::gated_io::gated;
use super::http1::{Http1, http1_builder};
#[cfg(feature = "http2")]
use super::http2::http2;
#[cfg(not(feature = "http2"))]
use super::http2_refused::http2;
use super::response::{ResponseFuture, respond};
use super::shared_socket::Share;
use super::sniff::{Sniffed, sniff};
use super::upgradable::Upgradable;
use super::with_deadlines::{Ended, WithDeadlines};
use crate::app::Application;
use crate::upgrade_gate::UpgradeGate;

/// The version of HTTP that a connection uses.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Protocol {
    Http1,
    Http2,
}

/// Serves a connection to its end, and returns the reason for the end as a label of metrics. Errors
/// are logged.
///
/// Composed of combinators, because an `async fn` would store its arguments twice.
pub(crate) fn serve<T>(
    app: Application,
    io: T,
    activity: Arc<Activity>,
) -> impl Future<Output = &'static str> + Send
where
    T: AsyncRead + AsyncWrite + Share + Unpin + Send + 'static,
{
    // Boxed, so that the connection does not reserve memory for it.
    let first = Box::pin(first_bytes(app.clone(), io, Arc::clone(&activity)));
    first.then(move |first| match first {
        Ok((io, protocol)) => connection(protocol, app, io, activity),
        Err(ended) => Either::Right(ready(ended.log(activity.peer())).boxed()),
    })
}

/// Serves a connection whose protocol was chosen in the TLS handshake, as [`serve`] does.
#[cfg(feature = "tls")]
pub(crate) fn serve_chosen<T>(
    protocol: Protocol,
    app: Application,
    io: T,
    activity: Arc<Activity>,
) -> impl Future<Output = &'static str> + Send
where
    T: AsyncRead + AsyncWrite + Share + Unpin + Send + 'static,
{
    connection(protocol, app, io, activity)
}

/// Serves a connection to its end. The futures of HTTP/2 and of HTTP/1.1 with upgrades are boxed,
/// so that a connection of HTTP/1.1 without upgrades reserves no memory for them.
fn connection<T>(
    protocol: Protocol,
    app: Application,
    io: T,
    activity: Arc<Activity>,
) -> Either<impl Future<Output = &'static str> + Send, BoxFuture<'static, &'static str>>
where
    T: AsyncRead + AsyncWrite + Share + Unpin + Send + 'static,
{
    match protocol {
        Protocol::Http2 => Either::Right(http2(app, io, activity).boxed()),
        Protocol::Http1 if app.app().routes.may_upgrade() => {
            Either::Right(http1_with_upgrades(app, io, activity).boxed())
        }
        Protocol::Http1 => Either::Left(http1(app, io, activity)),
    }
}

/// Returns the socket and the protocol of the client, once the first bytes determine the protocol.
///
/// Browsers open connections ahead of requests: a connection whose protocol is still unknown ends
/// when the host begins to stop. A connection that is accepted during the stop may still send its
/// request.
async fn first_bytes<T>(
    app: Application,
    io: T,
    activity: Arc<Activity>,
) -> Result<(Sniffed<T>, Protocol), Ended>
where
    T: AsyncRead + Unpin,
{
    let stopping = app.app().state.stopping();
    let was_stopping = stopping.is_requested();
    tokio::select! {
        biased;
        first = tokio::time::timeout(app.app().options.request_head, sniff(io)) => {
            let (io, is_http2) = first.ok().and_then(Result::ok).ok_or(Ended::Silent)?;
            Ok((io, if is_http2 { Protocol::Http2 } else { Protocol::Http1 }))
        }
        () = activity.dismissed() => Err(Ended::Overdue(Overdue::Dismissed)),
        () = stopping.requested(), if !was_stopping => Err(Ended::Silent),
    }
}

fn http1<T>(
    app: Application,
    io: T,
    activity: Arc<Activity>,
) -> impl Future<Output = &'static str> + Send
where
    T: AsyncRead + AsyncWrite + Share + Unpin + Send + 'static,
{
    let is_stopping = app.app().state.stopping().is_requested();
    if is_stopping {
        activity.shut_down_after_one();
    }
    let connection = Http1::new(app, io, Arc::clone(&activity), is_stopping);
    WithDeadlines::new(connection, activity)
}

/// Serves a connection as [`http1`] does, for a host with mounted services. hyper itself sends
/// event streams here, because its connection cannot be dismantled while it may be upgraded.
fn http1_with_upgrades<T>(
    app: Application,
    io: T,
    activity: Arc<Activity>,
) -> impl Future<Output = &'static str> + Send
where
    T: AsyncRead + AsyncWrite + Share + Unpin + Send + 'static,
{
    let stopping = app.app().state.stopping().clone();
    if stopping.is_requested() {
        activity.shut_down_after_one();
    }
    let gate = Arc::<UpgradeGate>::default();
    let (io, closer) = gated(ClockedIo::new(io, Arc::clone(&activity)), &gate);
    let mut builder = http1_builder(&app.app().options);
    builder.keep_alive(!stopping.is_requested());
    let (of_requests, of_service) = (Arc::clone(&activity), Arc::clone(&gate));
    let service = service_fn(move |mut request: Request<Incoming>| {
        if request.extensions().get::<OnUpgrade>().is_some() {
            request.extensions_mut().insert(Arc::clone(&of_service));
        }
        let response: ResponseFuture<CountedBody> = respond(&app, request, &of_requests, |_| false);
        response
    });
    let http = builder.serve_connection(TokioIo::new(io), service).with_upgrades();
    let connection = Upgradable::new(http, closer, gate, Arc::clone(&activity), stopping);
    WithDeadlines::new(connection, activity)
}
