//! An application under test.

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

/// An application under test: its endpoints are called by their types, and a call is built from what
/// the endpoint itself says in `configure`.
///
/// Each is a host of its own, with its own services; any number of them run beside each other.
/// Clones, and those for a [`user`](Self::user) or with [`cookies`](Self::with_cookies), ask the same
/// application.
///
/// # Example
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
///     async fn handle(&self, _: (), cx: Cx<'_, Self>) -> Result {
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
    caller: Caller,
    users: TestUsers,
    routes: Arc<EndpointRoutes>,
    /// The server of one that is asked over a socket.
    running: Option<Arc<Running>>,
}

impl TestApp {
    /// The application of this host, asked in memory. Paused time of tokio works with it.
    ///
    /// The host gets one authentication scheme more, the last, for [`user`](Self::user)s: no check
    /// of the server is left out for them.
    ///
    /// # Errors
    ///
    /// Every mistake at start-up, as [`Host::build`].
    pub fn new(host: Host) -> Result<Self, HostError> {
        let users = TestUsers::default();
        let app = host.authentication(users.clone()).build()?;
        let routes = Arc::clone(app.endpoint_routes());
        Ok(Self { caller: Client::new(app).caller().clone(), users, routes, running: None })
    }

    /// The application of this host, listening on a free port, asked by HTTP/1.1 on a connection for
    /// each call. It is stopped when the last clone is dropped.
    ///
    /// # Errors
    ///
    /// As [`Host::start`].
    pub async fn http1(host: Host) -> Result<Self, HostError> {
        Self::listening(host, Client::http1).await
    }

    /// The application of this host, listening on a free port, asked by HTTP/2 on one connection.
    ///
    /// # Errors
    ///
    /// As [`Host::start`].
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

    /// The same application, asked by this user. It has the roles, claims and the rest that the
    /// identity has, by a scheme named `TestUsers`.
    #[must_use]
    pub fn user(&self, user: Identity) -> Self {
        self.with(TEST_USER, self.users.add(user))
    }

    /// The same application, with this header in each call that has none of the name.
    #[must_use]
    pub fn with(&self, name: HeaderName, value: HeaderValue) -> Self {
        let mut app = self.clone();
        app.caller.headers.insert(name, value);
        app
    }

    /// The same application, asked by a client that keeps cookies, and has none yet.
    #[must_use]
    pub fn with_cookies(&self) -> Self {
        let mut app = self.clone();
        app.caller.cookies = Some(Cookies::default());
        app
    }

    /// The same application, asked from this address. Over a socket it is asked from where the socket
    /// is.
    #[must_use]
    pub fn from_peer(&self, address: SocketAddr) -> Self {
        let mut app = self.clone();
        app.caller.peer = Some(Peer::new(address));
        app
    }

    /// Calls the endpoint `E` with this request: its fields go where binding reads them.
    pub fn send<E>(&self, request: &E::Request) -> EndpointCall<E::Response>
    where
        E: Endpoint<Request: Serialize>,
    {
        self.send_as::<E>(request)
    }

    /// Calls the endpoint `E` with what need not be one of its requests: with less, with more, or
    /// with other types. A field that says its source by its type has to say so here as well.
    pub fn send_as<E: Endpoint>(&self, request: &impl Serialize) -> EndpointCall<E::Response> {
        let caller = self.caller.clone();
        EndpointCall::new(match self.request::<E>(request) {
            Ok((request, body)) => Call::built(caller, request, body),
            Err(error) => Call::failed(caller, error),
        })
    }

    /// Asks for the event stream of the endpoint `E`.
    pub fn events<E>(
        &self,
        request: &E::Request,
    ) -> TypedEventsRequest<<E::Response as EventsResponse>::Event>
    where
        E: Endpoint<Request: Serialize, Response: EventsResponse>,
    {
        self.events_as::<E>(request)
    }

    /// Asks for the event stream of the endpoint `E` with what need not be one of its requests.
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

    /// The request of `E` that binds to this value.
    fn request<E: Endpoint>(
        &self,
        value: &impl Serialize,
    ) -> Result<(Builder, Bytes), InvalidOutgoing> {
        self.routes.call::<E>(value).map(request)
    }

    /// Asks by GET for what is at this path.
    pub fn get(&self, path: &str) -> Call {
        self.call(Method::GET, path)
    }

    /// Asks by POST.
    pub fn post(&self, path: &str) -> Call {
        self.call(Method::POST, path)
    }

    /// Asks by PUT.
    pub fn put(&self, path: &str) -> Call {
        self.call(Method::PUT, path)
    }

    /// Asks by DELETE.
    pub fn delete(&self, path: &str) -> Call {
        self.call(Method::DELETE, path)
    }

    /// Asks by this method for what is at this path.
    pub fn call(&self, method: Method, path: &str) -> Call {
        Call::new(self.caller.clone(), method, path)
    }

    /// The client that asks, for what is called by its path: event streams, connections.
    #[must_use]
    pub fn client(&self) -> Client {
        Client::of(self.caller.clone())
    }

    /// The server, where the application is asked over a socket.
    #[must_use]
    pub fn running(&self) -> Option<&Running> {
        self.running.as_deref()
    }
}

/// The request that is this call.
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
