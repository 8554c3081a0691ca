//! A common interface of all transports, which sends a request and reads the bytes of its response.

use std::fmt;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;

use bytes::Bytes;
use http::{Request, Response};
use http_body_util::BodyExt;
use hyperpoint_core::Body;
use hyperpoint_host::Application;
use tower_service::Service;

use super::http1::{self, Http1Body};
use super::http2::{Http2, Http2Body};
use crate::read_error::BoxError;

/// A transport to an application: in memory, HTTP/1.1 or HTTP/2.
#[derive(Clone, Debug)]
pub(crate) enum Transport {
    Memory(Application),
    Http1(SocketAddr),
    Http2(Arc<Http2>),
}

impl Transport {
    pub(crate) fn http2(address: SocketAddr) -> Self {
        Self::Http2(Arc::new(Http2::new(address)))
    }

    /// Sends the request and waits for the head of its response.
    pub(crate) async fn open(&self, request: Request<Bytes>) -> Result<Response<Chunks>, BoxError> {
        match self {
            Self::Memory(app) => {
                let Ok(response) = app.clone().call(request.map(Body::full)).await;
                Ok(response.map(|body| Chunks::Memory(Box::pin(body))))
            }
            Self::Http1(address) => {
                let response = http1::open(*address, request).await?;
                Ok(response.map(|body| Chunks::Http1(Box::new(body))))
            }
            Self::Http2(connection) => {
                let response = connection.open(request).await?;
                Ok(response.map(|body| Chunks::Http2(Box::new(body))))
            }
        }
    }

    pub(crate) async fn close(&self) {
        if let Self::Http2(connection) = self {
            connection.close().await;
        }
    }

    pub(crate) async fn cut(&self) {
        if let Self::Http2(connection) = self {
            connection.cut().await;
        }
    }
}

/// The body of a response, which is read in the pieces in which it arrives.
pub(crate) enum Chunks {
    /// The client has disconnected.
    None,
    Memory(Pin<Box<Body>>),
    Http1(Box<Http1Body>),
    Http2(Box<Http2Body>),
}

impl Chunks {
    /// Returns the next piece, or `None` at the end of the body or if the client has disconnected.
    pub(crate) async fn next(&mut self) -> Result<Option<Bytes>, BoxError> {
        match self {
            Self::None => Ok(None),
            Self::Memory(body) => {
                let frame = body.frame().await.transpose()?;
                Ok(frame.map(|frame| frame.into_data().unwrap_or_default()))
            }
            Self::Http1(body) => body.next().await,
            Self::Http2(body) => body.next().await,
        }
    }

    /// Disconnects: with a RST on HTTP/1.1, with a reset of the stream on HTTP/2, or by dropping
    /// the body in memory.
    pub(crate) fn reset(self) {
        match self {
            Self::None | Self::Memory(_) => {}
            Self::Http1(body) => body.reset(),
            Self::Http2(body) => body.reset(),
        }
    }

    /// Stops reading from the connection without closing it. Does nothing in memory.
    pub(crate) fn stop_reading(&mut self) {
        match self {
            Self::None | Self::Memory(_) => {}
            Self::Http1(body) => body.stop_reading(),
            Self::Http2(body) => body.stop_reading(),
        }
    }
}

impl fmt::Debug for Chunks {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::None => "None",
            Self::Memory(_) => "Memory",
            Self::Http1(_) => "Http1",
            Self::Http2(_) => "Http2",
        })
    }
}
