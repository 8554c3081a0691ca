//! The host builder, the entry point of an application.

use std::error::Error;
use std::fmt;
use std::sync::Arc;

use hyperpoint_core::config::{AllowedNames, AnyLayer, EndpointLayer};
use hyperpoint_core::endpoint::Registration;
use hyperpoint_core::problem::{ErrorFormat, ProblemMap};
use hyperpoint_core::{AuthenticationScheme, Cors, Endpoint, GroupConfig, Problem, Services};

use hyperpoint_topics::TopicMeter;

use crate::forwarding::TrustedProxies;
use crate::health::HealthChecks;
use crate::management::Management;
use crate::options::ServerOptions;
use crate::routing::{Mounting, Placed};
use crate::server::{Bind, Secure};
use crate::telemetry::{Meter, Traces};

/// The builder of a host: endpoints, services and settings. Two hosts in one process share only the
/// list of discovered endpoints.
///
/// # Examples
///
/// ```no_run
/// use std::sync::Arc;
/// use hyperpoint::{Host, HostError};
///
/// struct UserStore;
///
/// #[tokio::main]
/// async fn main() -> Result<(), HostError> {
///     Host::new().service(Arc::new(UserStore)).bind("127.0.0.1:8080").run().await
/// }
/// ```
#[must_use = "a host does nothing until it is built, started or run"]
pub struct Host {
    pub(crate) registrations: Vec<Registration>,
    pub(crate) discovers: bool,
    pub(crate) services: Services,
    pub(crate) problems: ProblemMap,
    pub(crate) error_format: ErrorFormat,
    pub(crate) allowed_names: AllowedNames,
    pub(crate) schemes: Vec<Arc<dyn AuthenticationScheme>>,
    pub(crate) cors: Option<Cors>,
    pub(crate) defaults: GroupConfig,
    pub(crate) layers: Vec<AnyLayer>,
    pub(crate) mounts: Vec<Mounting>,
    pub(crate) placed: Vec<Placed>,
    pub(crate) bind: Bind,
    pub(crate) trust: Option<TrustedProxies>,
    pub(crate) traces: Option<Traces>,
    pub(crate) meter: Option<Arc<dyn Meter>>,
    pub(crate) topic_meter: Option<Arc<dyn TopicMeter>>,
    /// The health checks, or `None` if the health endpoints are off.
    pub(crate) health: Option<HealthChecks>,
    pub(crate) management: Management,
    pub(crate) secure: Option<Box<dyn Secure>>,
    pub(crate) options: ServerOptions,
    #[cfg(feature = "contract")]
    pub(crate) contract_steps: crate::contract_steps::ContractSteps,
}

impl Host {
    /// Creates a host with the endpoints of the program, and of each crate that the program names
    /// (`use billing as _;`). Listens on `127.0.0.1:8080` by default.
    pub fn new() -> Self {
        Self { discovers: true, ..Self::empty() }
    }

    /// Creates a host without endpoint discovery, for example for tests. Add endpoints with
    /// [`endpoint`](Self::endpoint).
    pub fn empty() -> Self {
        Self {
            registrations: Vec::new(),
            discovers: false,
            services: Services::default(),
            problems: ProblemMap::default(),
            error_format: ErrorFormat::default(),
            allowed_names: AllowedNames::default(),
            schemes: Vec::new(),
            cors: None,
            defaults: GroupConfig::default(),
            layers: Vec::new(),
            mounts: Vec::new(),
            placed: Vec::new(),
            bind: Bind::Text("127.0.0.1:8080".to_owned()),
            trust: None,
            traces: None,
            meter: None,
            topic_meter: None,
            health: None,
            management: Management::default(),
            secure: None,
            options: ServerOptions::default(),
            #[cfg(feature = "contract")]
            contract_steps: crate::contract_steps::ContractSteps::default(),
        }
    }

    /// Adds an endpoint explicitly. Adding an endpoint that was already added or discovered has no
    /// effect.
    ///
    /// # Examples
    ///
    /// ```
    /// use hyperpoint::prelude::*;
    ///
    /// /// GET /ping
    /// #[derive(Endpoint)]
    /// struct Ping;
    ///
    /// impl Endpoint for Ping {
    ///     type Request = ();
    ///     type Response = ();
    ///
    ///     fn configure(config: &mut Config) {
    ///         config.get("/ping");
    ///         config.allow_anonymous();
    ///     }
    ///
    ///     async fn handle(&self, (): (), cx: Cx<'_, Self>) -> Result {
    ///         cx.send.ok_async(()).await
    ///     }
    /// }
    ///
    /// let app = Host::empty().endpoint::<Ping>().build()?;
    /// assert_eq!(app.routes().len(), 1);
    /// # Ok::<(), HostError>(())
    /// ```
    pub fn endpoint<E: Endpoint>(mut self) -> Self {
        self.registrations.push(Registration::of::<E>());
        self
    }

    /// Registers a service for endpoint fields of type `Arc<T>`. A later service of the same type
    /// replaces it.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::sync::Arc;
    /// use hyperpoint::Host;
    ///
    /// trait Clock: Send + Sync {}
    ///
    /// struct SystemClock;
    /// impl Clock for SystemClock {}
    ///
    /// // For a field of type `Arc<dyn Clock>`.
    /// let host = Host::new().service::<dyn Clock>(Arc::new(SystemClock));
    /// # drop(host);
    /// ```
    pub fn service<T: ?Sized + Send + Sync + 'static>(mut self, service: Arc<T>) -> Self {
        self.services.add(service);
        self
    }

    /// Maps errors of type `T` to problems, for example when a handler's `?` converts an error.
    /// Applies also if `T` is a [source](Error::source) of the error, and to the errors of layers
    /// and mounted services. If several rules match an error, the rule that was added first
    /// applies. Default: a 500 without the error's text, which is only logged; a 503 with
    /// `Retry-After` for a [`BackplaneError`](hyperpoint_topics::BackplaneError), unless the event
    /// is too large.
    ///
    /// # Examples
    ///
    /// ```
    /// use hyperpoint::http::StatusCode;
    /// use hyperpoint::{Host, Problem};
    ///
    /// let host = Host::new()
    ///     .problem_for(|_: &std::io::Error| Problem::new(StatusCode::BAD_GATEWAY));
    /// # drop(host);
    /// ```
    pub fn problem_for<T: Error + 'static>(
        mut self,
        rule: impl Fn(&T) -> Problem + Send + Sync + 'static,
    ) -> Self {
        self.problems.add(rule);
        self
    }

    /// Registers an authentication scheme. For each request to an endpoint, the schemes are tried
    /// in the order of registration until one of them establishes an identity, even if the endpoint
    /// allows anonymous requests. An endpoint that names schemes uses only these. Default: no
    /// scheme.
    ///
    /// # Examples
    ///
    /// ```no_run
    /// use hyperpoint::schemes::ApiKeys;
    /// use hyperpoint::{Host, Identity};
    ///
    /// # fn main() -> Result<(), std::env::VarError> {
    /// let key = std::env::var("BILLING_KEY")?;
    /// let host = Host::new().authentication(ApiKeys::new().key(key, Identity::user("billing")));
    /// # drop(host);
    /// # Ok(())
    /// # }
    /// ```
    pub fn authentication(mut self, scheme: impl AuthenticationScheme) -> Self {
        self.schemes.push(Arc::new(scheme));
        self
    }

    /// Sets the CORS rules of endpoints and mounted services without their own rules, and of
    /// responses without an endpoint, such as a 404. Default: no cross-origin access.
    ///
    /// # Examples
    ///
    /// ```
    /// use hyperpoint::Host;
    ///
    /// let host = Host::new().cors(|cors| cors.allow_origins(["https://app.example.com"]));
    /// # drop(host);
    /// ```
    pub fn cors(mut self, rules: impl FnOnce(Cors) -> Cors) -> Self {
        self.cors = Some(rules(self.cors.take().unwrap_or_default()));
        self
    }

    /// Sets defaults for every endpoint and mounted service. An endpoint and its groups can replace
    /// single values, such as the body limit. Layers, processors, access requirements, and limits
    /// on requests and streams are added to the host's.
    ///
    /// # Examples
    ///
    /// ```
    /// use hyperpoint::Host;
    ///
    /// let host = Host::new().defaults(|all| {
    ///     all.prefix("/api");
    ///     all.body_limit_bytes(64 * 1024);
    /// });
    /// # drop(host);
    /// ```
    pub fn defaults(mut self, change: impl FnOnce(&mut GroupConfig)) -> Self {
        change(&mut self.defaults);
        self
    }

    /// Wraps the application in a tower layer. The layer that was added last is outermost. An error
    /// of the layer's service is mapped to a problem by the rules of
    /// [`problem_for`](Self::problem_for), by default a 500.
    pub fn layer<B>(mut self, layer: impl EndpointLayer<B>) -> Self {
        self.layers.push(AnyLayer::new(layer));
        self
    }

    /// Sets the address to listen on. Default: `127.0.0.1:8080`. One of:
    ///
    /// - an address or a host name, and a port; port 0 picks a free one;
    /// - `unix:` and a path, for a Unix socket;
    /// - `systemd`, for the first socket that the process inherits (socket activation).
    ///
    /// # Examples
    ///
    /// ```
    /// use hyperpoint::Host;
    ///
    /// let public = Host::new().bind("0.0.0.0:80");
    /// let behind_a_proxy = Host::new().bind("unix:/run/app/http.sock");
    /// # drop((public, behind_a_proxy));
    /// ```
    pub fn bind(mut self, address: impl Into<String>) -> Self {
        self.bind = Bind::Text(address.into());
        self
    }

    /// Serves on a socket that is already listening. The socket stays open while another host has a
    /// clone of it, so that the other host can take over without refusing connections.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::net::TcpListener;
    /// use hyperpoint::Host;
    ///
    /// let socket = TcpListener::bind("127.0.0.1:0")?;
    /// let host = Host::new().listener(socket.try_clone()?);
    /// let its_successor = Host::new().listener(socket);
    /// # drop((host, its_successor));
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn listener(mut self, socket: std::net::TcpListener) -> Self {
        self.bind = Bind::Given(socket);
        self
    }

    /// Opens a `tracing` span `request` for each request and a span `event_stream` within it for
    /// each event stream, at level `info`. Each span logs an event with the outcome when it ends. A
    /// request continues its client's trace (W3C Trace Context) or begins a new one. Headers, query
    /// strings and bodies are never recorded. Default: no spans.
    ///
    /// # Examples
    ///
    /// ```
    /// use hyperpoint::Host;
    ///
    /// let host = Host::new().traces(|traces| traces.user_ids());
    /// # drop(host);
    /// ```
    pub fn traces(mut self, change: impl FnOnce(Traces) -> Traces) -> Self {
        self.traces = Some(change(self.traces.take().unwrap_or_default()));
        self
    }

    /// Adds health endpoints, without authentication. `GET /health/live` always responds with 200.
    /// `GET /health/ready` responds with 200 while the host accepts work, and with 503 if a check
    /// fails or the host is stopping. If [`management`](Self::management) is set, these endpoints
    /// are at the management address, even without a call of this method; otherwise the host's
    /// [`defaults`](Self::defaults), such as a prefix, apply to them. Default: no health endpoints,
    /// unless `management` is set.
    ///
    /// # Examples
    ///
    /// ```
    /// use hyperpoint::Host;
    ///
    /// let host = Host::new().health(|checks| checks);
    /// # drop(host);
    /// ```
    pub fn health(mut self, change: impl FnOnce(HealthChecks) -> HealthChecks) -> Self {
        self.health = Some(change(self.health.take().unwrap_or_default()));
        self
    }

    /// Listens on a second address, for operators. Clients must not be able to reach it: it serves
    /// `GET /health/live`, `GET /health/ready` and, with `Host::prometheus`, `GET /metrics`, all by
    /// plain HTTP and without authentication. The address has one of the forms that
    /// [`bind`](Self::bind) accepts. It is served until the host has stopped. Default: no
    /// management address.
    ///
    /// # Examples
    ///
    /// ```
    /// use hyperpoint::Host;
    ///
    /// let host = Host::new().bind("0.0.0.0:8080").management("127.0.0.1:9090");
    /// # drop(host);
    /// ```
    pub fn management(mut self, address: impl Into<String>) -> Self {
        self.management.bind = Some(address.into());
        self
    }

    /// Changes the limits and timeouts of the host. [`ServerOptions`] lists the defaults.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::time::Duration;
    /// use hyperpoint::Host;
    ///
    /// let host = Host::new().options(|options| options.drain_window = Duration::from_secs(5));
    /// # drop(host);
    /// ```
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
