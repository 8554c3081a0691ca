//! An HTTP/1 connection that a mounted service may upgrade, and the end of an upgraded connection.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use hyper::server::conn::http1::UpgradeableConnection;
use hyper::service::HttpService;
use hyper_util::rt::TokioIo;
use hyperpoint_core::identity::Revoked;
use hyperpoint_core::{StopRequested, Stopping};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::time::{Sleep, sleep};

use super::activity::{Activity, OpenRequest};
use super::gated_io::{Closer, GatedIo};
use super::with_deadlines::Connection;
use crate::upgrade_gate::UpgradeGate;

type BoxError = Box<dyn std::error::Error + Send + Sync>;

/// The fraction of the drain window over which the ends of upgraded connections are spread, as for
/// event streams.
const SPREAD: f64 = 0.8;
/// Maximum duration over which the ends of upgraded connections are spread.
const LONGEST_SPREAD: Duration = Duration::from_hours(1);

pin_project_lite::pin_project! {
    /// An HTTP/1 connection that may be upgraded. It ends when hyper closes it or, after an
    /// upgrade, when the service drops the socket or the identity that opened the connection is no
    /// longer valid. Dropping it closes the socket.
    pub(super) struct Upgradable<T, S>
    where
        S: HttpService<hyper::body::Incoming>,
    {
        // hyper's connection, or `None` after it ended or was upgraded.
        #[pin]
        http: Option<UpgradeableConnection<TokioIo<GatedIo<T>>, S>>,
        upgraded: Option<Upgraded>,
        closer: Closer<T>,
        gate: Arc<UpgradeGate>,
        activity: Arc<Activity>,
        stopping: Stopping,
    }
}

/// An upgraded connection.
struct Upgraded {
    #[expect(dead_code, reason = "held for its Drop: the connection counts as in use")]
    open: OpenRequest,
    end: End,
    /// Completes when the identity that opened the connection is no longer valid. `None` if the
    /// identity neither expires nor can be revoked.
    until: Option<Revoked>,
}

/// The progress of ending an upgraded connection.
enum End {
    /// The host is not stopping.
    Never(Pin<Box<StopRequested>>),
    /// The host stops, and reads end at this time.
    At(Pin<Box<Sleep>>),
    /// Reads have ended.
    Begun,
}

impl<T, S: HttpService<hyper::body::Incoming>> Upgradable<T, S> {
    pub(super) fn new(
        http: UpgradeableConnection<TokioIo<GatedIo<T>>, S>,
        closer: Closer<T>,
        gate: Arc<UpgradeGate>,
        activity: Arc<Activity>,
        stopping: Stopping,
    ) -> Self {
        Self { http: Some(http), upgraded: None, closer, gate, activity, stopping }
    }
}

impl<T, S> Future for Upgradable<T, S>
where
    T: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    S: HttpService<hyper::body::Incoming, Error: Into<BoxError>>,
    S::ResBody: http_body::Body<Error: Into<BoxError>> + 'static,
{
    type Output = hyper::Result<()>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let mut this = self.project();
        if let Some(http) = this.http.as_mut().as_pin_mut() {
            let result = ready!(http.poll(cx));
            // Drops the socket, unless hyper has passed it to the service.
            this.http.set(None);
            if result.is_err() || this.gate.is_released(cx) {
                return Poll::Ready(result);
            }
            let end = End::Never(Box::pin(this.stopping.requested()));
            let open = this.activity.begin_request();
            *this.upgraded = Some(Upgraded { open, end, until: None });
        }
        match this.upgraded {
            Some(upgraded) => upgraded.poll(this.gate, this.stopping, cx).map(Ok),
            None => Poll::Ready(Ok(())),
        }
    }
}

impl Upgraded {
    /// Completes when the socket was dropped, or when the identity that opened the connection is no
    /// longer valid. When the host stops, ends the reads at a random time within the first 80 % of
    /// the drain window.
    fn poll(&mut self, gate: &UpgradeGate, stopping: &Stopping, cx: &mut Context<'_>) -> Poll<()> {
        if gate.is_released(cx) {
            return Poll::Ready(());
        }
        if let Some(until) = gate.take_until() {
            self.until = Some(until);
        }
        if self.until.as_mut().is_some_and(|until| until.as_mut().poll(cx).is_ready()) {
            return Poll::Ready(());
        }
        loop {
            match &mut self.end {
                End::Never(requested) => {
                    ready!(requested.as_mut().poll(cx));
                    let spread = stopping.window().mul_f64(SPREAD).min(LONGEST_SPREAD);
                    self.end = End::At(Box::pin(sleep(spread.mul_f64(fastrand::f64()))));
                }
                End::At(time) => {
                    ready!(time.as_mut().poll(cx));
                    self.end = End::Begun;
                    gate.end_reads();
                }
                End::Begun => return Poll::Pending,
            }
        }
    }
}

impl<T, S> Connection for Upgradable<T, S>
where
    T: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    S: HttpService<hyper::body::Incoming, Error: Into<BoxError>>,
    S::ResBody: http_body::Body<Error: Into<BoxError>> + 'static,
{
    type Error = hyper::Error;

    fn finish(self: Pin<&mut Self>) {
        if let Some(http) = self.project().http.as_pin_mut() {
            http.graceful_shutdown();
        }
    }
}
