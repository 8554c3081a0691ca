//! The builder that a user's `main` begins with.

use std::collections::HashSet;
use std::error::Error;
use std::fmt;
use std::sync::Arc;

use http::{Method, Request};
use hyperpoint_core::config::{AnyLayer, EndpointLayer};
use hyperpoint_core::endpoint::{EndpointRoutes, Registration};
use hyperpoint_core::host_state::HostState;
use hyperpoint_core::problem::ProblemMap;
use hyperpoint_core::{
    AuthenticationScheme, Body, Cors, Endpoint, GroupConfig, Problem, Services, Stopping,
};
use hyperpoint_topics::Topics;
use tower::ServiceExt;
use tower::util::BoxCloneSyncService;

use crate::app::{App, Application, innermost};
use crate::error::HostError;
use crate::forwarding::{ForwardedBy, TrustedProxies};
use crate::observing::{Observing, Traces};
use crate::options::ServerOptions;
use crate::routing::{Mounts, Schemes, cors_layer, mount};
use crate::server::{Bind, Running, Secure, start};

/// The application, where to listen, and what lies between the two.
type Assembled = (Application, Bind, Option<Box<dyn Secure>>);

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
    layers: Vec<AnyLayer>,
    bind: Bind,
    trust: Option<TrustedProxies>,
    traces: Option<Traces>,
    pub(crate) secure: Option<Box<dyn Secure>>,
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
            bind: Bind::Text("127.0.0.1:8080".to_owned()),
            trust: None,
            traces: None,
            secure: None,
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
    pub fn layer<B>(mut self, layer: impl EndpointLayer<B>) -> Self {
        self.layers.push(AnyLayer::new(layer));
        self
    }

    /// Where to listen: an address and a port, of which 0 picks a free one; `unix:` and a path, for
    /// a socket that is a file; or `systemd`, for the first socket that the process was started with.
    /// Default: `127.0.0.1:8080`.
    pub fn bind(mut self, address: impl Into<String>) -> Self {
        self.bind = Bind::Text(address.into());
        self
    }

    /// Listens on a socket that listens already. It outlives this host where another has it, too:
    /// so one host hands over to the next, and no connection is refused in between.
    ///
    /// # Example
    ///
    /// ```
    /// use std::net::TcpListener;
    /// use hyperpoint_host::Host;
    ///
    /// let socket = TcpListener::bind("127.0.0.1:0")?;
    /// let host = Host::new().listener(socket.try_clone()?);
    /// let its_successor = Host::new().listener(socket);
    /// # let _ = (host, its_successor);
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn listener(mut self, socket: std::net::TcpListener) -> Self {
        self.bind = Bind::Given(socket);
        self
    }

    /// Believes what these proxies say in `X-Forwarded-For` of who asks: `cx.peer` is then the last
    /// address in it that is none of theirs. Networks such as `10.0.0.0/8`, addresses, or `unix` for
    /// whoever connects to a socket that is a file. Default: nobody is believed.
    pub fn trust_x_forwarded_for(self, proxies: impl IntoIterator<Item: AsRef<str>>) -> Self {
        self.trust(ForwardedBy::XForwardedFor, proxies)
    }

    /// As [`trust_x_forwarded_for`](Self::trust_x_forwarded_for), for proxies that set `Forwarded`
    /// (RFC 7239). It is one or the other: a proxy that sets one passes the other on as a client
    /// sent it.
    pub fn trust_forwarded(self, proxies: impl IntoIterator<Item: AsRef<str>>) -> Self {
        self.trust(ForwardedBy::Forwarded, proxies)
    }

    fn trust(mut self, header: ForwardedBy, proxies: impl IntoIterator<Item: AsRef<str>>) -> Self {
        self.trust = Some(TrustedProxies::new(header, proxies));
        self
    }

    /// Opens a span for each request, `request`, and one in it for each event stream,
    /// `event_stream`, at the level `info`; each tells at its end how it went. A request takes part in
    /// the trace of its client (W3C Trace Context), or begins one. No header, query or body is noted.
    /// Default: no spans.
    ///
    /// # Example
    ///
    /// ```
    /// use hyperpoint_host::Host;
    ///
    /// let host = Host::new().traces(|traces| traces.user_ids());
    /// # let _ = host;
    /// ```
    pub fn traces(mut self, change: impl FnOnce(Traces) -> Traces) -> Self {
        self.traces = Some(change(self.traces.take().unwrap_or_default()));
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
    pub fn build(self) -> Result<Application, HostError> {
        Ok(self.assemble()?.0)
    }

    fn assemble(mut self) -> Result<Assembled, HostError> {
        if self.services.get::<Topics>().is_none() {
            self.services.add(Arc::new(Topics::default()));
        }
        let registrations = self.all_registrations();
        if registrations.is_empty() {
            return Err(HostError::startup(vec![self.nothing_found().to_owned()]));
        }
        let mistakes_of_server = self.mistakes_of_server();
        let schemes = Schemes::from(self.schemes);
        let mounts = Mounts {
            services: &self.services,
            options: &self.options,
            cors: self.cors.as_ref(),
            defaults: &self.defaults,
            schemes: &schemes,
            innermost: &innermost(),
            mistakes_of_server,
        };
        let (routes, lines, link_table) =
            mount(&registrations, &mounts).map_err(HostError::startup)?;
        let methods = [Method::GET, Method::POST, Method::PUT, Method::PATCH, Method::DELETE];
        let stopping = Stopping::new(self.options.drain_window);
        let observing = Observing::new(self.traces, None);
        let state = HostState::new(self.services, self.problems, link_table, stopping);
        let state = if observing.is_some() { state.observed() } else { state };
        let application = Application::new(App {
            routes,
            state,
            observing,
            cors: self.cors.map(|rules| cors_layer(&rules, &methods)),
            options: self.options,
            endpoints: Arc::new(EndpointRoutes::new(&registrations, &self.defaults)),
            trust: self.trust,
            lines,
        });
        if self.layers.is_empty() {
            return Ok((application, self.bind, self.secure));
        }
        let application = application.layered(|inner| {
            let inner =
                BoxCloneSyncService::new(ServiceExt::<Request<Body>>::map_err(inner, |never| {
                    match never {}
                }));
            self.layers.iter().fold(inner, |inner, layer| layer.wrap(inner))
        });
        Ok((application, self.bind, self.secure))
    }

    fn mistakes_of_server(&mut self) -> Vec<String> {
        let of_options = self.options.mistakes().into_iter();
        let mut mistakes: Vec<_> =
            of_options.map(|text| format!("the host's `options`: {text}")).collect();
        mistakes.extend(self.trust.iter().flat_map(TrustedProxies::mistakes));
        mistakes.extend(self.secure.iter_mut().flat_map(|secure| secure.prepare()));
        mistakes
    }

    /// Builds the application and listens. The server works in tasks of its own.
    ///
    /// # Errors
    ///
    /// As [`build`](Self::build); an address that is none; one that can't be listened on.
    pub async fn start(self) -> Result<Running, HostError> {
        let (application, bind, secure) = self.assemble()?;
        start(application, bind, secure).await
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
        f.debug_struct("Host").field("bind", &self.bind).finish_non_exhaustive()
    }
}
