//! An HTTP/2 client with prior knowledge.

use std::net::SocketAddr;
use std::time::Duration;

use bytes::Bytes;
use h2::client::{ResponseFuture, SendRequest};
use h2::{RecvStream, SendStream};
use http::{Method, Request, response};
use socket2::SockRef;
use tokio::net::TcpStream;
use tokio::task::JoinHandle;

use super::within;

/// One connection, closed when it is dropped.
#[derive(Debug)]
pub(crate) struct Http2 {
    requests: SendRequest<Bytes>,
    driver: JoinHandle<()>,
}

impl Http2 {
    pub(crate) async fn connect(address: SocketAddr) -> Self {
        let socket = within(TcpStream::connect(address)).await.unwrap();
        Self::over(socket, &h2::client::Builder::new()).await
    }

    /// Opens a connection that ends with a RST in place of a FIN.
    pub(crate) async fn connect_to_reset(address: SocketAddr) -> Self {
        let socket = within(TcpStream::connect(address)).await.unwrap();
        let linger = SockRef::from(&socket).set_linger(Some(Duration::ZERO));
        linger.unwrap();
        Self::over(socket, &h2::client::Builder::new()).await
    }

    async fn over(socket: TcpStream, builder: &h2::client::Builder) -> Self {
        let handshake = within(builder.handshake(socket)).await;
        let (requests, connection) = handshake.unwrap();
        let driver = tokio::spawn(async move {
            // The streams show how the connection ended.
            let _ = connection.await;
        });
        Self { requests, driver }
    }

    /// Sends a request without a body.
    pub(crate) async fn request(&mut self, request: Request<()>) -> Asked {
        self.send(request, true).await
    }

    /// Sends a request whose body follows through [`Asked::send`].
    pub(crate) async fn send(&mut self, request: Request<()>, is_whole: bool) -> Asked {
        let requests = self.requests.clone();
        let mut ready = within(requests.ready()).await.unwrap();
        let (answer, send) = ready.send_request(request, is_whole).unwrap();
        Asked { answer, send }
    }

    /// Sends a GET for this path and reads the head of the response.
    pub(crate) async fn get(&mut self, path: &str) -> Answer {
        self.ask(Method::GET, path).await
    }

    /// Sends a request with this method for this path and reads the head of the response.
    pub(crate) async fn ask(&mut self, method: Method, path: &str) -> Answer {
        let uri = format!("http://a{path}");
        let request = Request::builder().method(method).uri(uri).body(());
        self.request(request.unwrap()).await.answer().await
    }
}

impl Drop for Http2 {
    fn drop(&mut self) {
        self.driver.abort();
    }
}

/// A request that was sent.
#[derive(Debug)]
pub(crate) struct Asked {
    answer: ResponseFuture,
    send: SendStream<Bytes>,
}

impl Asked {
    pub(crate) fn send(&mut self, data: impl Into<Bytes>, is_last: bool) {
        self.send.send_data(data.into(), is_last).unwrap();
    }

    /// Waits for the head of the response.
    pub(crate) async fn answer(self) -> Answer {
        let (head, body) = within(self.answer).await.unwrap().into_parts();
        Answer { head, body, send: self.send }
    }
}

/// A response whose head was read.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) head: response::Parts,
    body: RecvStream,
    send: SendStream<Bytes>,
}

impl Answer {
    /// Returns the data of the next frame, or `None` at `END_STREAM`; an error is a stream that was
    /// cut.
    pub(crate) async fn try_data(&mut self) -> Result<Option<Bytes>, h2::Error> {
        let Some(data) = within(self.body.data()).await.transpose()? else {
            return Ok(None);
        };
        self.body.flow_control().release_capacity(data.len())?;
        Ok(Some(data))
    }

    /// Reads data until they end with these bytes.
    pub(crate) async fn until(&mut self, end: &str) -> String {
        let mut body = Vec::new();
        while !body.ends_with(end.as_bytes()) {
            let data = self.try_data().await.unwrap();
            assert!(data.is_some(), "the body ended before {end:?}");
            body.extend_from_slice(&data.unwrap());
        }
        String::from_utf8(body).unwrap()
    }

    /// Reads the rest of the body, up to `END_STREAM`.
    pub(crate) async fn rest(&mut self) -> String {
        let mut body = Vec::new();
        while let Some(data) = self.try_data().await.unwrap() {
            body.extend_from_slice(&data);
        }
        String::from_utf8(body).unwrap()
    }

    /// Reads the rest of the body, and returns it with the error that cut it.
    pub(crate) async fn rest_and_cut(&mut self) -> (String, Option<h2::Error>) {
        let mut body = Vec::new();
        let cut = loop {
            match self.try_data().await {
                Ok(Some(data)) => body.extend_from_slice(&data),
                Ok(None) => break None,
                Err(error) => break Some(error),
            }
        };
        (String::from_utf8(body).unwrap(), cut)
    }

    /// Returns whether `END_STREAM` came with the head.
    pub(crate) fn is_over(&self) -> bool {
        self.body.is_end_stream()
    }

    /// Resets the stream; the connection stays open.
    pub(crate) fn reset(mut self) {
        self.send.send_reset(h2::Reason::CANCEL);
    }
}
