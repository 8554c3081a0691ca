//! A client that sends requests by method and path.

use std::net::SocketAddr;

use http::Method;
use hyperpoint_host::Application;

use crate::call::Call;
use crate::caller::Caller;
use crate::events_request::EventsRequest;
use crate::transport::Transport;

/// A client of an application, in memory, over HTTP/1.1 or over HTTP/2. Cheap to clone.
///
/// # Examples
///
/// The same test over all three transports:
///
/// ```
/// use hyperpoint::prelude::*;
/// use hyperpoint_testing::Client;
///
/// #[derive(Endpoint)]
/// struct Greeting;
///
/// impl Endpoint for Greeting {
///     type Request = ();
///     type Response = Events<String>;
///
///     fn configure(config: &mut Config) {
///         config.get("/greeting");
///         config.allow_anonymous();
///     }
///
///     async fn handle(&self, (): (), cx: Cx<'_, Self>) -> Result {
///         cx.send.event_stream_async("word", stream! { yield "hello".to_owned() }).await
///     }
/// }
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
/// let host = || Host::empty().endpoint::<Greeting>().bind("127.0.0.1:0");
/// let running = host().start().await?;
/// let address = running.address();
/// for client in [Client::new(host().build()?), Client::http1(address), Client::http2(address)] {
///     let mut events = client.events("/greeting").await?;
///     assert_eq!(events.next().await?.data, "\"hello\"");
///     events.ended().await?;
/// }
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct Client {
    caller: Caller,
}

impl Client {
    /// Creates a client that calls the application in memory. It works with tokio's paused time.
    ///
    /// No task reads ahead: once the head of the response is received, the handler of an event
    /// stream runs only while a method of the reader waits.
    ///
    /// # Examples
    ///
    /// ```
    /// use hyperpoint::prelude::*;
    /// use hyperpoint_testing::Client;
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
    /// let client = Client::new(Host::empty().health(|checks| checks).build()?);
    /// assert_eq!(client.call("GET".parse()?, "/health/live").await?.status(), 200);
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    pub fn new(app: Application) -> Self {
        Self::over(Transport::Memory(app))
    }

    /// Creates a client that sends HTTP/1.1 to this address, with a new connection for each
    /// request.
    #[must_use]
    pub fn http1(address: SocketAddr) -> Self {
        Self::over(Transport::Http1(address))
    }

    /// Creates a client that sends HTTP/2 with prior knowledge to this address. The client and its
    /// clones share one connection, which the first request opens.
    #[must_use]
    pub fn http2(address: SocketAddr) -> Self {
        Self::over(Transport::http2(address))
    }

    fn over(transport: Transport) -> Self {
        Self::of(Caller::new(transport))
    }

    pub(crate) fn of(caller: Caller) -> Self {
        Self { caller }
    }

    pub(crate) fn caller(&self) -> &Caller {
        &self.caller
    }

    /// Builds a request with this method to `path`, which may have a query.
    ///
    /// # Examples
    ///
    /// ```
    /// use hyperpoint::http::Method;
    /// use hyperpoint_testing::{CallError, Client};
    ///
    /// async fn allowed_methods(client: &Client) -> Result<Option<String>, CallError> {
    ///     let answer = client.call(Method::OPTIONS, "/items").await?;
    ///     Ok(answer.header("allow").map(str::to_owned))
    /// }
    /// ```
    pub fn call(&self, method: Method, path: &str) -> Call {
        Call::new(self.caller.clone(), method, path)
    }

    /// Builds a request for the event stream at `path`, which may have a query.
    ///
    /// # Examples
    ///
    /// ```
    /// use hyperpoint_testing::{Client, ReadError};
    ///
    /// async fn resumed(client: &Client, last_id: &str) -> Result<String, ReadError> {
    ///     let mut events = client.events("/prices?of=tea").last_event_id(last_id).await?;
    ///     Ok(events.next().await?.data)
    /// }
    /// ```
    pub fn events(&self, path: &str) -> EventsRequest {
        EventsRequest::new(self.caller.clone(), path)
    }

    /// Closes the HTTP/2 connection and all its streams with a FIN. The next request opens a new
    /// connection. Does nothing in memory and with HTTP/1.1, because these transports have no
    /// shared connection.
    ///
    /// # Cancel safety
    ///
    /// A dropped future may leave the connection open; call `close` again.
    ///
    /// # Examples
    ///
    /// ```
    /// use hyperpoint::prelude::*;
    /// use hyperpoint_testing::Client;
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
    /// let host = Host::empty().health(|checks| checks).bind("127.0.0.1:0").start().await?;
    /// let client = Client::http2(host.address());
    /// assert_eq!(client.call("GET".parse()?, "/health/live").await?.status(), 200);
    /// client.close().await;
    /// assert_eq!(client.call("GET".parse()?, "/health/live").await?.status(), 200);
    /// # Ok(())
    /// # }
    /// ```
    pub async fn close(&self) {
        self.caller.transport.close().await;
    }

    /// Closes the connection as [`close`](Self::close) does, but with a RST.
    ///
    /// # Cancel safety
    ///
    /// A dropped future may leave the connection open; call `cut` again.
    pub async fn cut(&self) {
        self.caller.transport.cut().await;
    }
}
