//! Who asks by method and path.

use std::net::SocketAddr;

use http::Method;
use hyperpoint_host::Application;

use crate::call::Call;
use crate::caller::Caller;
use crate::events_request::EventsRequest;
use crate::transport::Transport;

/// A client of an application: in memory, by HTTP/1.1 or by HTTP/2. Cheap to clone.
///
/// # Example
///
/// One test for every way:
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
///     async fn handle(&self, _: (), cx: Cx<'_, Self>) -> Result {
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
    /// A client without a socket. Paused time of tokio works with it.
    ///
    /// Here nothing stands between: the handler runs while the reader is asked for an event, and
    /// only then.
    #[must_use]
    pub fn new(app: Application) -> Self {
        Self::over(Transport::Memory(app))
    }

    /// A client that asks this address by HTTP/1.1, on a connection for each stream.
    #[must_use]
    pub fn http1(address: SocketAddr) -> Self {
        Self::over(Transport::Http1(address))
    }

    /// A client that asks this address by HTTP/2 with prior knowledge. It and its clones have one
    /// connection, which is made with the first request.
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

    /// Asks by this method for what is at this path, with its query if it has one.
    pub fn call(&self, method: Method, path: &str) -> Call {
        Call::new(self.caller.clone(), method, path)
    }

    /// Asks for the event stream at this path, with its query if it has one.
    pub fn events(&self, path: &str) -> EventsRequest {
        EventsRequest::new(self.caller.clone(), path)
    }

    /// Closes the connection of HTTP/2 under all its streams, by a FIN. The next request makes a new
    /// one. The other ways have none to close.
    pub async fn close(&self) {
        self.caller.transport.close().await;
    }

    /// Does as [`close`](Self::close), by a RST.
    pub async fn cut(&self) {
        self.caller.transport.cut().await;
    }
}
