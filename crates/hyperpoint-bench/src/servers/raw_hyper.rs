//! The server on raw hyper, which does only the necessary work. With `--timeouts`, it also has the
//! timeouts, keep-alives and socket options that a public server needs. With `--http2`, it serves
//! only HTTP/2. With `--workers N`, it has N worker threads.

mod hub;

use std::convert::Infallible;
use std::error::Error;
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use http::header::{CONTENT_TYPE, HeaderValue};
use http::{Method, Request, Response, StatusCode};
use http_body::{Body as HttpBody, Frame, SizeHint};
use http_body_util::BodyExt;
use hyper::body::Incoming;
use hyper::server::conn::{http1, http2};
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyperpoint_bench::{
    Echo, Order, OrderBody, Reading, TEXT, address, announce, runtime, terminated,
};
use percent_encoding::percent_decode_str;
use socket2::SockRef;
use tokio::net::{TcpListener, TcpStream};

use hub::{Hub, Subscription};

/// The minimum size of a frame of `/events`, in bytes.
const FRAME_BYTES: usize = 8 * 1024;

fn main() -> Result<(), Box<dyn Error>> {
    runtime()?.block_on(serve())
}

async fn serve() -> Result<(), Box<dyn Error>> {
    let has_timeouts = std::env::args().any(|argument| argument == "--timeouts");
    let is_http2 = std::env::args().any(|argument| argument == "--http2");
    let listener = TcpListener::bind(address()).await?;
    announce(listener.local_addr()?);
    tokio::select! {
        result = accept(listener, has_timeouts, is_http2) => result?,
        () = terminated() => {}
    }
    Ok(())
}

async fn accept(
    listener: TcpListener,
    has_timeouts: bool,
    is_http2: bool,
) -> Result<(), Box<dyn Error>> {
    let hub = Arc::<Hub>::default();
    if has_timeouts {
        tokio::spawn(keep_alive(Arc::clone(&hub)));
    }
    loop {
        let (socket, _) = listener.accept().await?;
        socket.set_nodelay(true)?;
        if has_timeouts {
            prepare(&socket)?;
        }
        let of_service = Arc::clone(&hub);
        let service = service_fn(move |request| answer(request, Arc::clone(&of_service)));
        if is_http2 {
            let mut builder = http2::Builder::new(TokioExecutor::new());
            builder.timer(TokioTimer::new()).max_send_buf_size(16 * 1024);
            tokio::spawn(builder.serve_connection(TokioIo::new(socket), service));
            continue;
        }
        let mut builder = http1::Builder::new();
        builder.max_buf_size(16 * 1024);
        if has_timeouts {
            builder.timer(TokioTimer::new()).header_read_timeout(Duration::from_secs(10));
        }
        tokio::spawn(builder.serve_connection(TokioIo::new(socket), service));
    }
}

/// Sets the socket options that detect a vanished client, and limit the unsent bytes in the kernel
/// for a client that stopped reading.
fn prepare(socket: &TcpStream) -> io::Result<()> {
    let socket = SockRef::from(socket);
    socket.set_tcp_user_timeout(Some(Duration::from_secs(30)))?;
    socket.set_tcp_notsent_lowat(16 * 1024)
}

/// Sends keep-alives to all streams of the topic every 15 seconds, with one timer.
async fn keep_alive(hub: Arc<Hub>) {
    loop {
        tokio::time::sleep(Duration::from_secs(15)).await;
        hub.keep_alive();
    }
}

async fn answer(request: Request<Incoming>, hub: Arc<Hub>) -> Result<Response<Body>, Infallible> {
    let (kind, body) = match (request.method(), request.uri().path()) {
        (&Method::GET, "/plaintext") => {
            ("text/plain; charset=utf-8", Body::Full(Bytes::from_static(TEXT.as_bytes())))
        }
        (&Method::GET, "/json") => ("application/json", json(&Reading::new(1))),
        (&Method::POST, "/echo") => match echo(request).await {
            Ok(body) => ("application/json", body),
            Err(_) => return Ok(without_body(StatusCode::BAD_REQUEST)),
        },
        (&Method::PUT, path) if path.starts_with("/orders/") => match order(request).await {
            Ok(body) => ("application/json", body),
            Err(_) => return Ok(without_body(StatusCode::BAD_REQUEST)),
        },
        (&Method::GET, "/events") => {
            ("text/event-stream", Body::Events { buffer: BytesMut::new(), next: 0 })
        }
        (&Method::GET, "/idle") => ("text/event-stream", Body::Idle),
        (&Method::GET, "/topic") => {
            let last_id = request.headers().get("last-event-id");
            let last_id = last_id.and_then(|id| id.to_str().ok()?.parse().ok());
            ("text/event-stream", Body::Topic(hub.subscribe(last_id)))
        }
        (&Method::POST, "/publish") => match publish(request, &hub).await {
            Ok(()) => return Ok(without_body(StatusCode::NO_CONTENT)),
            Err(_) => return Ok(without_body(StatusCode::BAD_REQUEST)),
        },
        _ => return Ok(without_body(StatusCode::NOT_FOUND)),
    };
    let mut response = Response::new(body);
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(kind));
    Ok(response)
}

async fn echo(request: Request<Incoming>) -> Result<Body, Box<dyn Error>> {
    let body = request.into_body().collect().await?.to_bytes();
    Ok(json(&serde_json::from_slice::<Echo>(&body)?))
}

async fn publish(request: Request<Incoming>, hub: &Hub) -> Result<(), Box<dyn Error>> {
    let body = request.into_body().collect().await?.to_bytes();
    hub.publish(std::str::from_utf8(&body)?);
    Ok(())
}

/// Does the same work for an order as the other servers: decodes both values of the path, checks
/// the content type, decodes the body, and validates the order.
async fn order(request: Request<Incoming>) -> Result<Body, Box<dyn Error>> {
    let (parts, body) = request.into_parts();
    let values = parts.uri.path().strip_prefix("/orders/").unwrap_or_default();
    let (id, customer) = values.split_once('/').ok_or("the path has no customer")?;
    let id = id.parse()?;
    let customer = percent_decode_str(customer).decode_utf8()?.into_owned();
    if parts.headers.get(CONTENT_TYPE).is_none_or(|kind| kind != "application/json") {
        return Err("the content type is not application/json".into());
    }
    let body = body.collect().await?.to_bytes();
    let order = Order::new(id, customer, serde_json::from_slice::<OrderBody>(&body)?);
    if order.is_valid() { Ok(json(&order)) } else { Err("the order is not valid".into()) }
}

fn json(value: &impl serde::Serialize) -> Body {
    Body::Full(serde_json::to_vec(value).unwrap_or_default().into())
}

fn without_body(status: StatusCode) -> Response<Body> {
    let mut response = Response::new(Body::Full(Bytes::new()));
    *response.status_mut() = status;
    response
}

/// The body of a response: complete, or one of the three event streams.
enum Body {
    Full(Bytes),
    Events { buffer: BytesMut, next: u64 },
    Idle,
    Topic(Subscription),
}

impl HttpBody for Body {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        match &mut *self {
            Self::Full(bytes) if bytes.is_empty() => Poll::Ready(None),
            Self::Full(bytes) => Poll::Ready(Some(Ok(Frame::data(std::mem::take(bytes))))),
            Self::Idle => Poll::Pending,
            Self::Topic(events) => events.poll_next(cx).map(|event| Some(Ok(Frame::data(event)))),
            Self::Events { buffer, next } => {
                while buffer.len() < FRAME_BYTES {
                    buffer.extend_from_slice(b"event: reading\ndata: ");
                    let json = serde_json::to_vec(&Reading::new(*next)).unwrap_or_default();
                    buffer.extend_from_slice(&json);
                    buffer.extend_from_slice(b"\n\n");
                    *next += 1;
                }
                Poll::Ready(Some(Ok(Frame::data(buffer.split().freeze()))))
            }
        }
    }

    fn is_end_stream(&self) -> bool {
        matches!(self, Self::Full(bytes) if bytes.is_empty())
    }

    fn size_hint(&self) -> SizeHint {
        match self {
            Self::Full(bytes) => SizeHint::with_exact(bytes.len() as u64),
            Self::Events { .. } | Self::Idle | Self::Topic(_) => SizeHint::default(),
        }
    }
}
