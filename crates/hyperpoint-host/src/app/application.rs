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

/// A built application: processes requests without a socket.
///
/// It is a [`tower::Service`](Service) for requests with any body of [`Bytes`](bytes::Bytes), so
/// that it can be tested in memory and mounted in another framework. As a service, it takes the
/// client's address from the [`Peer`] in the extensions of a request, if there is one. Cheap to
/// clone.
///
/// # Examples
///
/// ```
/// use hyperpoint::prelude::*;
///
/// /// GET /greeting
/// #[derive(Endpoint)]
/// struct Greeting;
///
/// impl Endpoint for Greeting {
///     type Request = ();
///     type Response = String;
///
///     fn configure(config: &mut Config) {
///         config.get("/greeting");
///         config.allow_anonymous();
///     }
///
///     async fn handle(&self, (): (), cx: Cx<'_, Self>) -> Result {
///         cx.send.string_async("hello").await
///     }
/// }
///
/// let app = Host::empty().endpoint::<Greeting>().build()?;
/// assert!(app.is_ready());
/// assert!(app.routes()[0].starts_with("GET     /greeting"));
/// print!("{}", app.route_listing());
/// # Ok::<(), HostError>(())
/// ```
#[derive(Clone)]
pub struct Application {
    app: Arc<App>,
    layered: Option<Arc<Layered>>,
}

impl Application {
    pub(crate) fn new(app: App) -> Self {
        Self { app: Arc::new(app), layered: None }
    }

    /// Wraps the application in the host's layers.
    pub(crate) fn layered(mut self, wrap: impl FnOnce(Self) -> Layered) -> Self {
        self.layered = Some(Arc::new(wrap(self.clone())));
        self
    }

    pub(crate) fn app(&self) -> &App {
        &self.app
    }

    /// Returns the routes with their endpoints, one line each: endpoints sorted by path and method,
    /// then mounted services.
    #[must_use]
    pub fn routes(&self) -> &[String] {
        &self.app.lines
    }

    /// Returns a table of the routes: method, route, admitted users, kind of response, endpoint,
    /// and the endpoint's file and line. Intended for people; the format may change between
    /// versions.
    ///
    /// # Examples
    ///
    /// ```no_run
    /// use hyperpoint::{Host, HostError};
    ///
    /// # fn main() -> Result<(), HostError> {
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

    /// Returns the methods and routes of the endpoints, by endpoint type.
    #[must_use]
    pub fn endpoint_routes(&self) -> &Arc<EndpointRoutes> {
        &self.app.endpoints
    }

    /// Returns the handle that asks the application's endpoints to stop. A
    /// [`Running`](crate::Running) host requests the stop itself; another server that serves the
    /// application must request it on shutdown.
    #[must_use]
    pub fn stopping(&self) -> &Stopping {
        self.app.state.stopping()
    }

    /// Returns whether the application accepts work, for the health check of a load balancer:
    /// `false` once a stop was requested.
    #[must_use]
    pub fn is_ready(&self) -> bool {
        !self.stopping().is_requested()
    }

    /// Returns the parts of the application, for a weak reference to it.
    #[cfg(feature = "contract")]
    pub(super) fn parts(&self) -> (&Arc<App>, Option<&Arc<Layered>>) {
        (&self.app, self.layered.as_ref())
    }

    /// Creates an application from its parts.
    #[cfg(feature = "contract")]
    pub(super) fn of_parts(app: Arc<App>, layered: Option<Arc<Layered>>) -> Self {
        Self { app, layered }
    }

    /// Returns whether a layer of the host or of an endpoint may change the bodies of requests.
    pub(crate) fn has_layers(&self) -> bool {
        self.layered.is_some() || self.app.routes.has_layers
    }

    /// Processes a request that an endpoint of the application passes on for the client `peer`.
    #[cfg(feature = "contract")]
    #[doc(hidden)]
    pub fn forward(
        &self,
        request: Request<Body>,
        peer: Option<Peer>,
    ) -> impl Future<Output = Response<Body>> + Send + use<> {
        self.respond(request, peer)
    }

    /// Processes a request from this peer.
    #[expect(clippy::inline_always, reason = "each call would copy the request")]
    #[inline(always)]
    pub(crate) fn respond<B>(&self, request: Request<B>, peer: Option<Peer>) -> Responding
    where
        B: HttpBody<Data = bytes::Bytes> + Send + 'static,
        B::Error: Into<BoxError>,
    {
        // Each step around the pipeline moves the request, which is large. A request that needs no
        // step skips them.
        let is_plain = self.layered.is_none()
            && self.app.telemetry.is_none()
            && !self.app.routes.takes_query_tokens
            && request.method() != Method::HEAD;
        match is_plain {
            true => serve(&self.app, request, peer),
            false => self.respond_in_steps(request, peer),
        }
    }

    /// Processes a request with the steps around the pipeline: telemetry, query tokens, layers, and
    /// the removal of the body of a response to HEAD, which hyper does on HTTP/1 only.
    fn respond_in_steps<B>(&self, mut request: Request<B>, peer: Option<Peer>) -> Responding
    where
        B: HttpBody<Data = bytes::Bytes> + Send + 'static,
        B::Error: Into<BoxError>,
    {
        // A request with telemetry re-enters this function. No function is called with the request
        // in between, because each call would copy it.
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
            true => Responding::boxed(
                &self.app.error_format,
                answer.map(|response| response.map(Body::withheld)),
            ),
            false => answer,
        }
    }

    /// Processes a request and records its telemetry.
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

    /// Processes a request through the host's layers.
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
        let answer = Layered::clone(layered).oneshot(request.map(Body::boxed));
        Responding::boxed(
            &self.app.error_format,
            answer.map(move |result| {
                result.unwrap_or_else(|error| {
                    let problem = app.state.problems().apply(Problem::from(error));
                    refuse(&app.error_format, problem.about(about))
                })
            }),
        )
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
