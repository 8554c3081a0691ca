//! A host under test, whose endpoints are called by their types.

use std::any::type_name;
use std::fmt;
use std::net::SocketAddr;
use std::sync::Arc;

use bytes::Bytes;
use http::header::CONTENT_TYPE;
use http::request::Builder;
use http::{HeaderName, HeaderValue, Method, Request};
use hyperpoint_core::bind::{InvalidOutgoing, Outgoing};
use hyperpoint_core::endpoint::EndpointRoutes;
use hyperpoint_core::{Endpoint, Identity, Peer};
use hyperpoint_host::{Host, HostError, Running};
use serde::Serialize;

use crate::call::Call;
use crate::caller::Caller;
use crate::client::Client;
use crate::cookies::Cookies;
use crate::endpoint_call::EndpointCall;
use crate::events_request::EventsRequest;
use crate::test_users::{TEST_USER, TestUsers};
use crate::typed_events::{EventsResponse, TypedEventsRequest};

/// An application under test. Its endpoints are called by their types, and each request is built
/// from the endpoint's own `configure`.
///
/// Every `TestApp` has its own host with its own services; any number of them run in parallel in
/// one process. Clones, and the clients that [`user`](Self::user) or
/// [`with_cookies`](Self::with_cookies) return, share the host.
///
/// # Examples
///
/// ```
/// use hyperpoint::prelude::*;
/// use hyperpoint::Identity;
/// use hyperpoint_testing::TestApp;
///
/// struct Motd(String);
///
/// #[derive(Endpoint)]
/// struct Greet {
///     motd: Arc<Motd>,
/// }
///
/// impl Endpoint for Greet {
///     type Request = ();
///     type Response = String;
///
///     fn configure(config: &mut Config) {
///         config.get("/greeting");
///         config.roles(["admin"]);
///     }
///
///     async fn handle(&self, (): (), cx: Cx<'_, Self>) -> Result {
///         let name = cx.identity.subject().unwrap_or_default();
///         cx.send.ok_async(format!("{}, {name}", self.motd.0)).await
///     }
/// }
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
/// let host = Host::empty().endpoint::<Greet>().service(Arc::new(Motd("Hello".into())));
/// let app = TestApp::new(host)?;
/// let ann = app.user(Identity::user("ann").with_role("admin"));
/// assert_eq!(*ann.send::<Greet>(&()).await?, "Hello, ann");
/// assert_eq!(app.send::<Greet>(&()).refused().await?.status, 401);
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct TestApp {
    pub(crate) caller: Caller,
    users: TestUsers,
    routes: Arc<EndpointRoutes>,
    /// The running server, or `None` if the application is called in memory.
    running: Option<Arc<Running>>,
}

impl TestApp {
    /// Creates an application from this host. It is called in memory, and works with tokio's paused
    /// time.
    ///
    /// The host gets an additional authentication scheme, as the last one, for the
    /// [`user`](Self::user)s of the test. Roles, claims and expiry of these users are checked as
    /// for any user.
    ///
    /// # Errors
    ///
    /// Returns the configuration errors that [`Host::build`] finds.
    ///
    /// # Examples
    ///
    /// ```
    /// use hyperpoint::prelude::*;
    /// use hyperpoint_testing::TestApp;
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
    /// let app = TestApp::new(Host::empty().health(|checks| checks))?;
    /// assert_eq!(app.get("/health/live").await?.status(), 200);
    /// # Ok(())
    /// # }
    /// ```
    pub fn new(host: Host) -> Result<Self, HostError> {
        let users = TestUsers::default();
        let app = host.authentication(users.clone()).build()?;
        let routes = Arc::clone(app.endpoint_routes());
        Ok(Self { caller: Client::new(app).caller().clone(), users, routes, running: None })
    }

    /// Starts this host on a free port, and returns an application that is called over HTTP/1.1,
    /// with a new connection for each request. Dropping the last clone stops the host.
    ///
    /// # Errors
    ///
    /// Returns the errors of [`Host::start`].
    ///
    /// # Cancel safety
    ///
    /// Cancel safe: a dropped future leaves no running server behind.
    ///
    /// # Examples
    ///
    /// ```
    /// use hyperpoint::prelude::*;
    /// use hyperpoint_testing::TestApp;
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
    /// let host = || Host::empty().health(|checks| checks);
    /// for app in [TestApp::http1(host()).await?, TestApp::http2(host()).await?] {
    ///     assert_eq!(app.get("/health/live").await?.status(), 200);
    ///     assert!(app.running().is_some());
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub async fn http1(host: Host) -> Result<Self, HostError> {
        Self::listening(host, Client::http1).await
    }

    /// Starts this host on a free port, and returns an application that is called over HTTP/2 with
    /// prior knowledge, on one connection. Dropping the last clone stops the host. See
    /// [`http1`](Self::http1) for an example.
    ///
    /// # Errors
    ///
    /// Returns the errors of [`Host::start`].
    ///
    /// # Cancel safety
    ///
    /// Cancel safe: a dropped future leaves no running server behind.
    pub async fn http2(host: Host) -> Result<Self, HostError> {
        Self::listening(host, Client::http2).await
    }

    async fn listening(host: Host, client: fn(SocketAddr) -> Client) -> Result<Self, HostError> {
        let users = TestUsers::default();
        let host = host.authentication(users.clone()).bind("127.0.0.1:0");
        let running = host.start().await?;
        let caller = client(running.address()).caller().clone();
        let routes = Arc::clone(running.endpoint_routes());
        Ok(Self { caller, users, routes, running: Some(Arc::new(running)) })
    }

    /// Returns a client of the same application whose requests are authenticated as `user`, with
    /// the roles, claims and expiry of that identity. The scheme of the identity is `TestUsers`.
    ///
    /// # Examples
    ///
    /// ```
    /// use hyperpoint::Identity;
    /// use hyperpoint_testing::TestApp;
    ///
    /// fn as_admin(app: &TestApp) -> TestApp {
    ///     app.user(Identity::user("ann").with_role("admin"))
    /// }
    /// ```
    #[must_use]
    pub fn user(&self, user: Identity) -> Self {
        self.with(TEST_USER, self.users.add(user))
    }

    /// Returns a client of the same application that adds this header to each request, unless the
    /// request sets a header of that name itself.
    ///
    /// # Examples
    ///
    /// ```
    /// use hyperpoint::http::HeaderValue;
    /// use hyperpoint::http::header::ACCEPT_LANGUAGE;
    /// use hyperpoint_testing::TestApp;
    ///
    /// fn in_german(app: &TestApp) -> TestApp {
    ///     app.with(ACCEPT_LANGUAGE, HeaderValue::from_static("de"))
    /// }
    /// ```
    #[must_use]
    pub fn with(&self, name: HeaderName, value: HeaderValue) -> Self {
        let mut app = self.clone();
        app.caller.headers.insert(name, value);
        app
    }

    /// Returns a client of the same application with an empty cookie store. The client stores the
    /// cookies that responses set, and sends them. Clones of the client, and clients derived from
    /// it by [`user`](Self::user) or [`with`](Self::with), share the store. A client without a
    /// store ignores the cookies of responses.
    ///
    /// # Examples
    ///
    /// ```
    /// use hyperpoint_testing::{CallError, TestApp};
    ///
    /// async fn signed_in(app: &TestApp) -> Result<TestApp, CallError> {
    ///     let ann = app.with_cookies();
    ///     ann.post("/login").json(&["ann", "secret"]).await?;
    ///     Ok(ann)
    /// }
    /// ```
    #[must_use]
    pub fn with_cookies(&self) -> Self {
        let mut app = self.clone();
        app.caller.cookies = Some(Cookies::default());
        app
    }

    /// Returns a client of the same application whose requests come from this peer address. The
    /// address applies in memory only: over a socket, the server sees the address of the socket.
    ///
    /// # Examples
    ///
    /// ```
    /// use hyperpoint_testing::TestApp;
    ///
    /// fn from_outside(app: &TestApp) -> TestApp {
    ///     app.from_peer(([203, 0, 113, 7], 40_000).into())
    /// }
    /// ```
    #[must_use]
    pub fn from_peer(&self, address: SocketAddr) -> Self {
        let mut app = self.clone();
        app.caller.peer = Some(Peer::new(address));
        app
    }

    /// Builds a call of the endpoint `E` with this request, on the first route of the endpoint
    /// whose parameters the request has. Each field is sent in the part of the request from which
    /// the endpoint binds it: the route, the query, a header, a cookie, the form or the body.
    /// Fields for claims are not sent. See [`EndpointCall`] for an example.
    pub fn send<E>(&self, request: &E::Request) -> EndpointCall<E::Response>
    where
        E: Endpoint<Request: Serialize>,
    {
        self.send_as::<E>(request)
    }

    /// Builds a call of the endpoint `E` with any serializable value, for instance to send an
    /// invalid request: one with missing or additional fields, or with fields of other types.
    ///
    /// If the endpoint's field has a type of `from`, such as `from::Query`, the field of this value
    /// must have such a type, too.
    ///
    /// # Examples
    ///
    /// ```
    /// use hyperpoint::prelude::*;
    /// use hyperpoint_testing::TestApp;
    ///
    /// #[derive(Endpoint)]
    /// struct Double;
    ///
    /// impl Endpoint for Double {
    ///     type Request = u32;
    ///     type Response = u32;
    ///
    ///     fn configure(config: &mut Config) {
    ///         config.post("/double");
    ///         config.allow_anonymous();
    ///     }
    ///
    ///     async fn handle(&self, number: u32, cx: Cx<'_, Self>) -> Result {
    ///         cx.send.ok_async(number * 2).await
    ///     }
    /// }
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
    /// let app = TestApp::new(Host::empty().endpoint::<Double>())?;
    /// assert_eq!(*app.send::<Double>(&4).await?, 8);
    /// assert_eq!(app.send_as::<Double>(&"four").refused().await?.status, 400);
    /// # Ok(())
    /// # }
    /// ```
    pub fn send_as<E: Endpoint>(&self, request: &impl Serialize) -> EndpointCall<E::Response> {
        let caller = self.caller.clone();
        EndpointCall::new(match self.request::<E>(request) {
            Ok((request, body)) => Call::built(caller, request, body),
            Err(error) => Call::failed(caller, error),
        })
    }

    /// Builds a request for the event stream of the endpoint `E`. See [`TypedEvents`] for an
    /// example.
    ///
    /// [`TypedEvents`]: crate::TypedEvents
    pub fn events<E>(
        &self,
        request: &E::Request,
    ) -> TypedEventsRequest<<E::Response as EventsResponse>::Event>
    where
        E: Endpoint<Request: Serialize, Response: EventsResponse>,
    {
        self.events_as::<E>(request)
    }

    /// Builds a request for the event stream of the endpoint `E` with any serializable value, as
    /// [`send_as`](Self::send_as) does.
    pub fn events_as<E>(
        &self,
        request: &impl Serialize,
    ) -> TypedEventsRequest<<E::Response as EventsResponse>::Event>
    where
        E: Endpoint<Response: EventsResponse>,
    {
        let caller = self.caller.clone();
        TypedEventsRequest::new(match self.request::<E>(request) {
            Ok((request, body)) => EventsRequest::built(caller, request, body),
            Err(error) => EventsRequest::failed(caller, type_name::<E>(), error.into()),
        })
    }

    /// Builds the request that the endpoint `E` binds to this value, on the first route for which
    /// that is possible.
    fn request<E: Endpoint>(
        &self,
        value: &impl Serialize,
    ) -> Result<(Builder, Bytes), InvalidOutgoing> {
        self.routes.call::<E>(value).map(request)
    }

    /// Returns the running server, or `None` if the application is called in memory.
    #[must_use]
    pub fn running(&self) -> Option<&Running> {
        self.running.as_deref()
    }
}

/// Converts an outgoing call to a request builder and a body.
fn request((method, outgoing): (Method, Outgoing)) -> (Builder, Bytes) {
    let cookies = outgoing.cookie_header();
    let content_type = outgoing.content_type.map(|kind| (CONTENT_TYPE, kind));
    let mut request = Request::builder().method(method).uri(outgoing.target);
    if let Some(headers) = request.headers_mut() {
        *headers = outgoing.headers;
        headers.extend(cookies.into_iter().chain(content_type));
    }
    (request, outgoing.body)
}

impl fmt::Debug for TestApp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TestApp").field("caller", &self.caller).finish_non_exhaustive()
    }
}
