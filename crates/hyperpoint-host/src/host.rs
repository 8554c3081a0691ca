//! The builder that a user's `main` begins with.

use std::collections::HashSet;
use std::error::Error;
use std::fmt;
use std::sync::Arc;

use bytes::Bytes;
use http::{Method, Request, Response};
use http_body::Body as HttpBody;
use hyperpoint_core::endpoint::{EndpointRoutes, Registration};
use hyperpoint_core::host_state::HostState;
use hyperpoint_core::problem::ProblemMap;
use hyperpoint_core::{
    AuthenticationScheme, Body, Cors, Endpoint, GroupConfig, Problem, Services, Stopping,
};
use hyperpoint_topics::Topics;
use tower::ServiceExt;
use tower::util::BoxCloneSyncService;
use tower_layer::Layer;
use tower_service::Service;

use crate::app::{App, Application, Layered};
use crate::error::HostError;
use crate::options::ServerOptions;
use crate::routing::{Mounts, Schemes, cors_layer, mount};
use crate::server::{Running, start};

type BoxError = Box<dyn Error + Send + Sync>;
type Wrap = Box<dyn FnOnce(Layered) -> Layered + Send>;

/// An application in the making: endpoints, services, rules. Nothing of it is global to the
/// process.
///
/// # Example
///
/// ```no_run
/// use std::sync::Arc;
/// use hyperpoint_host::{Host, HostError};
///
/// # struct UserStore;
/// # async fn main_() -> Result<(), HostError> {
/// Host::new().service(Arc::new(UserStore)).bind("127.0.0.1:8080").run().await
/// # }
/// ```
#[must_use = "a host does nothing until it is built, started or run"]
pub struct Host {
    registrations: Vec<Registration>,
    discovers: bool,
    services: Services,
    problems: ProblemMap,
    schemes: Vec<Arc<dyn AuthenticationScheme>>,
    cors: Option<Cors>,
    defaults: GroupConfig,
    layers: Vec<Wrap>,
    address: String,
    options: ServerOptions,
}

impl Host {
    /// A host of every endpoint that is linked: those of this crate, and of each crate that the
    /// program names (`use billing as _;`). Listens on `127.0.0.1:8080` unless told otherwise.
    pub fn new() -> Self {
        Self { discovers: true, ..Self::empty() }
    }

    /// A host that discovers nothing, for tests: add endpoints with [`endpoint`](Self::endpoint).
    pub fn empty() -> Self {
        Self {
            registrations: Vec::new(),
            discovers: false,
            services: Services::default(),
            problems: ProblemMap::default(),
            schemes: Vec::new(),
            cors: None,
            defaults: GroupConfig::default(),
            layers: Vec::new(),
            address: "127.0.0.1:8080".to_owned(),
            options: ServerOptions::default(),
        }
    }

    /// Adds an endpoint by hand. Adding one that is there already changes nothing.
    pub fn endpoint<E: Endpoint>(mut self) -> Self {
        self.registrations.push(Registration::of::<E>());
        self
    }

    /// Registers a service for the fields of type `Arc<T>`. A later one of a type replaces it.
    ///
    /// # Example
    ///
    /// ```
    /// use std::sync::Arc;
    /// use hyperpoint_host::Host;
    ///
    /// trait Clock: Send + Sync {}
    /// struct Wall;
    /// impl Clock for Wall {}
    ///
    /// // For a field of type `Arc<dyn Clock>`.
    /// let host = Host::new().service::<dyn Clock>(Arc::new(Wall));
    /// # let _ = host;
    /// ```
    pub fn service<T: ?Sized + Send + Sync + 'static>(mut self, service: Arc<T>) -> Self {
        self.services.add(service);
        self
    }

    /// Says what problem an error of type `T` is, wherever `?` turns one into a problem.
    ///
    /// # Example
    ///
    /// ```
    /// use hyperpoint_core::Problem;
    /// use hyperpoint_host::Host;
    ///
    /// let host = Host::new().problem_for(|_: &std::io::Error| {
    ///     Problem::new(http::StatusCode::BAD_GATEWAY)
    /// });
    /// # let _ = host;
    /// ```
    pub fn problem_for<T: Error + 'static>(
        mut self,
        rule: impl Fn(&T) -> Problem + Send + Sync + 'static,
    ) -> Self {
        self.problems.add(rule);
        self
    }

    /// Registers a scheme that tells who sends a request. Schemes are asked in this order, also for
    /// endpoints that let everybody in.
    pub fn authentication(mut self, scheme: impl AuthenticationScheme) -> Self {
        self.schemes.push(Arc::new(scheme));
        self
    }

    /// Sets the cross-origin rules of endpoints that have none of their own, and of refusals on
    /// paths that no endpoint has.
    pub fn cors(mut self, rules: impl FnOnce(Cors) -> Cors) -> Self {
        self.cors = Some(rules(self.cors.take().unwrap_or_default()));
        self
    }

    /// Says what holds for every endpoint that does not say otherwise, itself or by its groups.
    ///
    /// # Example
    ///
    /// ```
    /// use hyperpoint_host::Host;
    ///
    /// let host = Host::new().defaults(|all| {
    ///     all.prefix("/api");
    ///     all.body_limit_bytes(64 * 1024);
    /// });
    /// # let _ = host;
    /// ```
    pub fn defaults(mut self, change: impl FnOnce(&mut GroupConfig)) -> Self {
        change(&mut self.defaults);
        self
    }

    /// Puts a layer around the application. The last one is outermost. An error of the layer's
    /// service is a 500, by the rules of [`problem_for`](Self::problem_for).
    pub fn layer<L, B>(mut self, layer: L) -> Self
    where
        L: Layer<Layered> + Send + 'static,
        L::Service: Service<Request<Body>, Response = Response<B>, Error: Into<BoxError>>,
        L::Service: Clone + Send + Sync + 'static,
        <L::Service as Service<Request<Body>>>::Future: Send,
        B: HttpBody<Data = Bytes, Error: Into<BoxError>> + Send + 'static,
    {
        self.layers.push(Box::new(move |inner| {
            let service = layer.layer(inner).map_response(|response| response.map(Body::boxed));
            BoxCloneSyncService::new(service.map_err(Into::into))
        }));
        self
    }

    /// The address to listen on. Port 0 picks a free one. Default: `127.0.0.1:8080`.
    pub fn bind(mut self, address: impl Into<String>) -> Self {
        self.address = address.into();
        self
    }

    /// Changes limits and clocks.
    pub fn options(mut self, change: impl FnOnce(&mut ServerOptions)) -> Self {
        change(&mut self.options);
        self
    }

    /// Builds the application.
    ///
    /// # Errors
    ///
    /// Every mistake in the endpoints at once, each with its type, file and line.
    pub fn build(mut self) -> Result<Application, HostError> {
        if self.services.get::<Topics>().is_none() {
            self.services.add(Arc::new(Topics::default()));
        }
        let registrations = self.all_registrations();
        if registrations.is_empty() {
            return Err(HostError::startup(vec![self.nothing_found().to_owned()]));
        }
        let schemes = Schemes::from(self.schemes);
        let mounts = Mounts {
            services: &self.services,
            options: &self.options,
            cors: self.cors.as_ref(),
            defaults: &self.defaults,
            schemes: &schemes,
        };
        let (routes, lines) = mount(&registrations, &mounts).map_err(HostError::startup)?;
        let methods = [Method::GET, Method::POST, Method::PUT, Method::PATCH, Method::DELETE];
        let stopping = Stopping::new(self.options.drain_window);
        let application = Application::new(App {
            routes,
            state: HostState::new(self.services, self.problems, stopping),
            cors: self.cors.map(|rules| cors_layer(&rules, &methods)),
            options: self.options,
            endpoints: Arc::new(EndpointRoutes::new(&registrations, &self.defaults)),
            lines,
        });
        if self.layers.is_empty() {
            return Ok(application);
        }
        Ok(application.layered(|inner| {
            let inner =
                BoxCloneSyncService::new(ServiceExt::<Request<Body>>::map_err(inner, |never| {
                    match never {}
                }));
            self.layers.into_iter().fold(inner, |inner, wrap| wrap(inner))
        }))
    }

    /// Builds the application and listens. The server works in tasks of its own.
    ///
    /// # Errors
    ///
    /// As [`build`](Self::build); an address that is none; one that can't be listened on.
    pub async fn start(self) -> Result<Running, HostError> {
        let address = self.address.clone();
        start(self.build()?, &address).await
    }

    /// Builds the application, listens, and serves until SIGINT or SIGTERM; then ends what is under
    /// way within the drain window. A second signal stops at once.
    ///
    /// # Errors
    ///
    /// As [`start`](Self::start).
    pub async fn run(self) -> Result<(), HostError> {
        self.start().await?.until_signal().await
    }

    /// Every registration once, in the order of their places in the source.
    fn all_registrations(&self) -> Vec<Registration> {
        let mut all = self.registrations.clone();
        if self.discovers {
            all.extend(Registration::discovered());
        }
        all.sort_by_key(|registration| (registration.declared, registration.type_name()));
        let mut known = HashSet::new();
        all.retain(|registration| known.insert(registration.type_id()));
        all
    }

    fn nothing_found(&self) -> &'static str {
        if self.discovers {
            "no endpoint was found: a crate of endpoints is linked only when the program names it; \
             write `use its_name as _;` in `main.rs`, or `#[derive(Endpoint)]` on a struct"
        } else {
            "an empty host discovers no endpoints: add one with `.endpoint::<E>()`"
        }
    }
}

impl Default for Host {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for Host {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Host").field("address", &self.address).finish_non_exhaustive()
    }
}
