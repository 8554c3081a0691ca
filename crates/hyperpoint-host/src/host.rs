//! The builder that a user's `main` begins with.

use std::error::Error;
use std::fmt;
use std::sync::Arc;

use futures_util::future::BoxFuture;
use hyperpoint_core::config::{AnyLayer, EndpointLayer};
use hyperpoint_core::endpoint::Registration;
use hyperpoint_core::problem::ProblemMap;
use hyperpoint_core::{AuthenticationScheme, Cors, Endpoint, GroupConfig, Problem, Services};

use hyperpoint_topics::TopicMeter;

use crate::forwarding::{ForwardedBy, TrustedProxies};
use crate::health::HealthChecks;
use crate::options::ServerOptions;
use crate::server::{Bind, Secure};
use crate::telemetry::{Meter, Traces};

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
    pub(crate) registrations: Vec<Registration>,
    pub(crate) discovers: bool,
    pub(crate) services: Services,
    pub(crate) problems: ProblemMap,
    pub(crate) schemes: Vec<Arc<dyn AuthenticationScheme>>,
    pub(crate) cors: Option<Cors>,
    pub(crate) defaults: GroupConfig,
    pub(crate) layers: Vec<AnyLayer>,
    pub(crate) bind: Bind,
    pub(crate) trust: Option<TrustedProxies>,
    pub(crate) traces: Option<Traces>,
    pub(crate) meter: Option<Arc<dyn Meter>>,
    pub(crate) topic_meter: Option<Arc<dyn TopicMeter>>,
    /// None where nobody is told.
    pub(crate) health: Option<HealthChecks>,
    pub(crate) management: Management,
    pub(crate) secure: Option<Box<dyn Secure>>,
    pub(crate) options: ServerOptions,
}

/// What is for those who run the host, and for nobody else.
#[derive(Default)]
pub(crate) struct Management {
    /// None until it is said where to listen.
    pub(crate) bind: Option<String>,
    pub(crate) registrations: Vec<Registration>,
    pub(crate) services: Services,
    /// What is done while the host serves.
    pub(crate) background_tasks: Vec<BoxFuture<'static, ()>>,
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
            meter: None,
            topic_meter: None,
            health: None,
            management: Management::default(),
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

    /// Tells whether the host is well, to everybody: `GET /health/live` answers 200 while the process
    /// does, `GET /health/ready` 200 while it takes work, and 503 where a check fails and as soon as
    /// it is asked to stop. With [`management`](Self::management) they are there instead.
    ///
    /// # Example
    ///
    /// ```
    /// use hyperpoint_host::Host;
    ///
    /// let host = Host::new().health(|checks| checks);
    /// # let _ = host;
    /// ```
    pub fn health(mut self, change: impl FnOnce(HealthChecks) -> HealthChecks) -> Self {
        self.health = Some(change(self.health.take().unwrap_or_default()));
        self
    }

    /// Listens at a second address, for those who run the host: what is there needs no user, so let
    /// nobody else reach it. It has `GET /health/live` and `GET /health/ready`, and with the feature
    /// `prometheus` what that counts. It answers until the host has stopped. Default: none.
    ///
    /// # Example
    ///
    /// ```
    /// use hyperpoint_host::Host;
    ///
    /// let host = Host::new().bind("0.0.0.0:8080").management("127.0.0.1:9090");
    /// # let _ = host;
    /// ```
    pub fn management(mut self, address: impl Into<String>) -> Self {
        self.management.bind = Some(address.into());
        self
    }

    /// Changes limits and clocks.
    pub fn options(mut self, change: impl FnOnce(&mut ServerOptions)) -> Self {
        change(&mut self.options);
        self
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
