//! An HTTP/2 client with prior knowledge, which sends all requests over one connection.
//!
//! Its flow-control windows have a size of 1 GiB, so that only the buffers of the sockets limit how
//! much the server can send.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use h2::client::{Connection, SendRequest};
use h2::{Reason, RecvStream, SendStream};
use http::uri::Scheme;
use http::{Request, Response, Uri};
use socket2::{SockRef, Socket};
use tokio::net::TcpStream;
use tokio::sync::Mutex;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

use super::STALLED_BUFFER_BYTES;
use crate::read_error::BoxError;

const WINDOW_BYTES: u32 = 1 << 30;

/// The connection to an address. The first request opens the connection; after the connection was
/// closed, the next request opens a new one.
#[derive(Debug)]
pub(crate) struct Http2 {
    address: SocketAddr,
    driven: Mutex<Option<Arc<Driven>>>,
}

/// A connection driven by a task. The connection is closed when this value is dropped.
#[derive(Debug)]
struct Driven {
    requests: SendRequest<Bytes>,
    orders: UnboundedSender<Order>,
}

/// A command to the task that drives a connection.
#[derive(Debug)]
enum Order {
    /// Keeps the connection open, and neither reads nor writes.
    Pause,
    /// Takes back one [`Pause`](Self::Pause).
    Resume,
    /// Closes the connection with a FIN.
    Close,
    /// Closes the connection with a RST.
    Cut,
}

impl Http2 {
    pub(crate) fn new(address: SocketAddr) -> Self {
        Self { address, driven: Mutex::new(None) }
    }

    /// Sends the request and reads the head of its response.
    pub(super) async fn open(
        &self,
        request: Request<Bytes>,
    ) -> Result<Response<Http2Body>, BoxError> {
        let (driven, mut requests) = self.driven().await?;
        let (head, body) = request.into_parts();
        let mut head = Request::from_parts(head, ());
        let target = head.uri().path_and_query().map_or("/", |target| target.as_str());
        *head.uri_mut() = Uri::builder()
            .scheme(Scheme::HTTP)
            .authority(self.address.to_string())
            .path_and_query(target)
            .build()?;
        let (answer, mut send) = requests.send_request(head, body.is_empty())?;
        if !body.is_empty() {
            send.send_data(body, true)?;
        }
        let answer = answer.await?;
        Ok(answer.map(|body| Http2Body { body, send, driven, is_stalled: false }))
    }

    pub(super) async fn close(&self) {
        self.end(Order::Close).await;
    }

    pub(super) async fn cut(&self) {
        self.end(Order::Cut).await;
    }

    async fn end(&self, order: Order) {
        if let Some(driven) = self.driven.lock().await.take() {
            driven.order(order);
        }
    }

    async fn driven(&self) -> Result<(Arc<Driven>, SendRequest<Bytes>), BoxError> {
        let mut kept = self.driven.lock().await;
        if let Some(driven) = &*kept
            && let Ok(requests) = driven.requests.clone().ready().await
        {
            return Ok((Arc::clone(driven), requests));
        }
        let driven = Arc::new(Driven::connect(self.address).await?);
        let requests = driven.requests.clone().ready().await?;
        *kept = Some(Arc::clone(&driven));
        Ok((driven, requests))
    }
}

impl Driven {
    async fn connect(address: SocketAddr) -> Result<Self, BoxError> {
        let socket = TcpStream::connect(address).await?;
        socket.set_nodelay(true)?;
        let same = SockRef::from(&socket).try_clone()?;
        let mut builder = h2::client::Builder::new();
        builder
            .enable_push(false)
            .initial_window_size(WINDOW_BYTES)
            .initial_connection_window_size(WINDOW_BYTES);
        let (requests, connection) = builder.handshake(socket).await?;
        let (orders, received) = unbounded_channel();
        tokio::spawn(drive(connection, same, received));
        Ok(Self { requests, orders })
    }

    fn order(&self, order: Order) {
        // The call fails only if the connection is already closed.
        let _ = self.orders.send(order);
    }
}

async fn drive(
    mut connection: Connection<TcpStream>,
    socket: Socket,
    mut orders: UnboundedReceiver<Order>,
) {
    let mut pauses = 0_usize;
    loop {
        let order = tokio::select! {
            // An error of the connection is reported by its streams.
            _ = &mut connection, if pauses == 0 => return,
            order = orders.recv() => order,
        };
        match order {
            Some(Order::Pause) => {
                let _ = socket.set_recv_buffer_size(STALLED_BUFFER_BYTES);
                pauses += 1;
            }
            Some(Order::Resume) => pauses = pauses.saturating_sub(1),
            Some(Order::Cut) => {
                let _ = socket.set_linger(Some(Duration::ZERO));
                return;
            }
            Some(Order::Close) | None => return,
        }
    }
}

/// The body of an HTTP/2 response.
#[derive(Debug)]
pub(crate) struct Http2Body {
    body: RecvStream,
    send: SendStream<Bytes>,
    driven: Arc<Driven>,
    /// Whether the connection is paused for this body.
    is_stalled: bool,
}

impl Http2Body {
    pub(super) async fn next(&mut self) -> Result<Option<Bytes>, BoxError> {
        let Some(data) = self.body.data().await.transpose()? else {
            return Ok(None);
        };
        self.body.flow_control().release_capacity(data.len())?;
        Ok(Some(data))
    }

    /// Resets the stream; the connection stays open.
    pub(super) fn reset(mut self) {
        self.send.send_reset(Reason::CANCEL);
    }

    /// Stops reading on the connection, for all its streams, until the body is dropped.
    pub(super) fn stop_reading(&mut self) {
        self.is_stalled = true;
        self.driven.order(Order::Pause);
    }
}

/// Resumes a paused connection, which then sends the reset of the dropped stream.
impl Drop for Http2Body {
    fn drop(&mut self) {
        if self.is_stalled {
            self.driven.order(Order::Resume);
        }
    }
}
