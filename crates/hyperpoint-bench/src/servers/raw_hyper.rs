//! hyper by hand: what a server costs that does no more than it must. With `--clocks` it has the
//! clock for the head of a request that a server in the open needs.

use std::convert::Infallible;
use std::error::Error;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use http::header::{CONTENT_TYPE, HeaderValue};
use http::{Method, Request, Response, StatusCode};
use http_body::{Body as HttpBody, Frame, SizeHint};
use http_body_util::BodyExt;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyperpoint_bench::{Echo, Reading, TEXT, address, announce, terminated};
use tokio::net::TcpListener;

const FRAME_BYTES: usize = 8 * 1024;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let has_clocks = std::env::args().any(|argument| argument == "--clocks");
    let listener = TcpListener::bind(address()).await?;
    announce(listener.local_addr()?);
    tokio::select! {
        result = accept(listener, has_clocks) => result?,
        () = terminated() => {}
    }
    Ok(())
}

async fn accept(listener: TcpListener, has_clocks: bool) -> Result<(), Box<dyn Error>> {
    loop {
        let (socket, _) = listener.accept().await?;
        socket.set_nodelay(true)?;
        let mut builder = http1::Builder::new();
        builder.max_buf_size(16 * 1024);
        if has_clocks {
            builder.timer(TokioTimer::new()).header_read_timeout(Duration::from_secs(10));
        }
        tokio::spawn(builder.serve_connection(TokioIo::new(socket), service_fn(answer)));
    }
}

async fn answer(request: Request<Incoming>) -> Result<Response<Body>, Infallible> {
    let (kind, body) = match (request.method(), request.uri().path()) {
        (&Method::GET, "/plaintext") => {
            ("text/plain; charset=utf-8", Body::Full(Bytes::from_static(TEXT.as_bytes())))
        }
        (&Method::GET, "/json") => ("application/json", json(&Reading::new(1))),
        (&Method::POST, "/echo") => match echo(request).await {
            Ok(body) => ("application/json", body),
            Err(_) => return Ok(refused(StatusCode::BAD_REQUEST)),
        },
        (&Method::GET, "/events") => {
            ("text/event-stream", Body::Events { buffer: BytesMut::new(), next: 0 })
        }
        (&Method::GET, "/idle") => ("text/event-stream", Body::Idle),
        _ => return Ok(refused(StatusCode::NOT_FOUND)),
    };
    let mut response = Response::new(body);
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(kind));
    Ok(response)
}

async fn echo(request: Request<Incoming>) -> Result<Body, Box<dyn Error>> {
    let body = request.into_body().collect().await?.to_bytes();
    Ok(json(&serde_json::from_slice::<Echo>(&body)?))
}

fn json(value: &impl serde::Serialize) -> Body {
    Body::Full(serde_json::to_vec(value).unwrap_or_default().into())
}

fn refused(status: StatusCode) -> Response<Body> {
    let mut response = Response::new(Body::Full(Bytes::new()));
    *response.status_mut() = status;
    response
}

enum Body {
    Full(Bytes),
    Events { buffer: BytesMut, next: u64 },
    Idle,
}

impl HttpBody for Body {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        match &mut *self {
            Self::Full(bytes) if bytes.is_empty() => Poll::Ready(None),
            Self::Full(bytes) => Poll::Ready(Some(Ok(Frame::data(std::mem::take(bytes))))),
            Self::Idle => Poll::Pending,
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
            Self::Events { .. } | Self::Idle => SizeHint::default(),
        }
    }
}
