//! The built application: a tower service.

use std::convert::Infallible;
use std::error::Error;
use std::fmt;
use std::sync::Arc;
use std::task::{Context, Poll};

use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use http::{Method, Request, Response};
use http_body::Body as HttpBody;
use hyperpoint_core::config::Layered;
use hyperpoint_core::endpoint::EndpointRoutes;
use hyperpoint_core::problem::About;
use hyperpoint_core::{Body, Peer, Problem, Stopping};
use tower::ServiceExt;
use tower_service::Service;

use super::app::App;
use super::pipeline::serve;
use super::query_token::take_query_token;
use super::responding::{Responding, refuse};
use super::with_telemetry::with_telemetry;
use crate::routing::ListedRoute;
use crate::telemetry::{RequestRecord, Telemetry};

type BoxError = Box<dyn Error + Send + Sync>;

/// A built application: it answers requests, and needs no socket to do so.
///
/// It is a [`tower::Service`](Service) of any body, so that it is tested in memory and mounts in
/// another framework. Cheap to clone.
///
/// # Example
///
/// ```
/// use http::Request;
/// use hyperpoint_host::Host;
/// use tower::ServiceExt;
///
/// # let app = Host::empty().build();
/// # assert!(app.is_err_and(|error| error.mistakes().len() == 1));
/// # async fn ask(host: Host) -> Result<(), Box<dyn std::error::Error>> {
/// let app = host.build()?;
/// let response = app.oneshot(Request::get("/users/7").body(String::new())?).await?;
/// # let _ = response;
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct Application {
    app: Arc<App>,
    layered: Option<Layered>,
}

impl Application {
    pub(crate) fn new(app: App) -> Self {
        Self { app: Arc::new(app), layered: None }
    }

    pub(crate) fn layered(mut self, wrap: impl FnOnce(Self) -> Layered) -> Self {
        self.layered = Some(wrap(self.clone()));
        self
    }

    pub(crate) fn app(&self) -> &App {
        &self.app
    }

    /// The routes with the endpoints that answer them, sorted, a line each.
    #[must_use]
    pub fn routes(&self) -> &[String] {
        &self.app.lines
    }

    /// A table of its routes: method, route, who may use it, the endpoint, and where that is
    /// declared. For those who read it; it may look another way in another version.
    ///
    /// # Example
    ///
    /// ```no_run
    /// # fn main() -> Result<(), hyperpoint_host::HostError> {
    /// use hyperpoint_host::Host;
    ///
    /// if std::env::args().any(|argument| argument == "--routes") {
    ///     print!("{}", Host::new().build()?.route_listing());
    /// }
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    pub fn route_listing(&self) -> String {
        ListedRoute::table(&self.app.listed)
    }

    /// The methods and routes of its endpoints, by their types.
    #[must_use]
    pub fn endpoint_routes(&self) -> &Arc<EndpointRoutes> {
        &self.app.endpoints
    }

    /// What tells its endpoints to stop. A [`Running`](crate::Running) does it by itself; where
    /// something else serves the application, it asks for it here.
    #[must_use]
    pub fn stopping(&self) -> &Stopping {
        self.app.state.stopping()
    }

    /// Whether it takes new work: false from when it is asked to stop. What balances load should
    /// ask, and send nobody more.
    #[must_use]
    pub fn is_ready(&self) -> bool {
        !self.stopping().is_requested()
    }

    /// Answers a request that came from this peer.
    #[inline]
    pub(crate) fn respond<B>(&self, request: Request<B>, peer: Option<Peer>) -> Responding
    where
        B: HttpBody<Data = bytes::Bytes> + Send + 'static,
        B::Error: Into<BoxError>,
    {
        // A request is large, and each step on its way moves it: most have none to take.
        let is_plain = self.layered.is_none()
            && self.app.telemetry.is_none()
            && !self.app.routes.takes_query_tokens
            && request.method() != Method::HEAD;
        match is_plain {
            true => serve(&self.app, request, peer),
            false => self.respond_in_steps(request, peer),
        }
    }

    /// Answers a request within what stands around the pipeline. hyper keeps the body of a HEAD's
    /// answer back on HTTP/1 alone, so it is done here.
    fn respond_in_steps<B>(&self, mut request: Request<B>, peer: Option<Peer>) -> Responding
    where
        B: HttpBody<Data = bytes::Bytes> + Send + 'static,
        B::Error: Into<BoxError>,
    {
        // A request that is under observation comes here again. It is moved to no function in
        // between: it is large, and each move would copy it.
        if let Some(telemetry) = &self.app.telemetry
            && telemetry.has_receiver()
            && RequestRecord::of(request.extensions()).is_none()
        {
            return self.respond_with_telemetry(telemetry, request, peer);
        }
        if self.app.routes.takes_query_tokens {
            take_query_token(&self.app.routes, &mut request);
        }
        let is_head = request.method() == Method::HEAD;
        let answer = match &self.layered {
            None => serve(&self.app, request, peer),
            Some(layered) => self.within(layered, request, peer),
        };
        match is_head {
            true => Responding::boxed(answer.map(|response| response.map(Body::withheld))),
            false => answer,
        }
    }

    #[cold]
    #[inline(never)]
    fn respond_with_telemetry<B>(
        &self,
        telemetry: &Arc<Telemetry>,
        request: Request<B>,
        peer: Option<Peer>,
    ) -> Responding
    where
        B: HttpBody<Data = bytes::Bytes> + Send + 'static,
        B::Error: Into<BoxError>,
    {
        let context = (telemetry, &self.app.routes);
        with_telemetry(context, request, |request| self.respond(request, peer))
    }

    fn within<B>(
        &self,
        layered: &Layered,
        mut request: Request<B>,
        peer: Option<Peer>,
    ) -> Responding
    where
        B: HttpBody<Data = bytes::Bytes> + Send + 'static,
        B::Error: Into<BoxError>,
    {
        if let Some(peer) = peer {
            request.extensions_mut().insert(peer);
        }
        let app = Arc::clone(&self.app);
        let about = About::new(&request);
        let answer = layered.clone().oneshot(request.map(Body::boxed));
        Responding::boxed(answer.map(move |result| {
            result.unwrap_or_else(|error| {
                let problem = app.state.problems().apply(Problem::from(error));
                refuse(problem.about(about))
            })
        }))
    }
}

impl<B> Service<Request<B>> for Application
where
    B: HttpBody<Data = bytes::Bytes> + Send + 'static,
    B::Error: Into<BoxError>,
{
    type Response = Response<Body>;
    type Error = Infallible;
    type Future = BoxFuture<'static, Result<Response<Body>, Infallible>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        let peer = request.extensions().get::<Peer>().copied();
        Box::pin(self.respond(request, peer).map(Ok))
    }
}

impl fmt::Debug for Application {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Application").field("routes", &self.app.lines).finish_non_exhaustive()
    }
}
