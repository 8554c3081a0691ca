//! Event streams over TLS and HTTP/1.1, which leave hyper after their head.

use std::io::Write;
use std::sync::{Arc, Mutex};

use hyperpoint::prelude::*;
use hyperpoint::{Problem, Running, Tls};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tracing::Level;

use crate::client::Client;
use crate::pairs::Pair;

/// `GET /events`: events of all sizes. `POST /events`: one, and then the stream is cut.
#[derive(Endpoint)]
#[endpoint(by_hand)]
struct Streaming;

impl Endpoint for Streaming {
    type Request = ();
    type Response = Events;

    fn configure(config: &mut Config) {
        config.get("/events");
        config.post("/events");
        config.allow_anonymous();
    }

    async fn handle(&self, (): (), cx: Cx<'_, Self>) -> Result {
        let fails = cx.request.method == "POST";
        let items = stream! {
            for len in [1, 1100, 70_000] {
                yield Ok(StreamItem::text("x".repeat(len)));
                tokio::task::yield_now().await;
            }
            if fails {
                yield Err(Problem::internal("down"));
            }
        };
        cx.send.stream_items_async(items).await
    }
}

/// The log of the test's thread.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

impl Log {
    fn departures(&self) -> usize {
        let text = String::from_utf8(self.0.lock().unwrap().clone()).unwrap();
        text.matches("an event stream has left hyper").count()
    }
}

/// Sends these requests, and returns everything that is read, and whether TLS was ended as it should be.
async fn ask(host: &Running, pair: &Pair, requests: &str) -> (String, bool) {
    let trusted = [&pair.certificate];
    let client = Client::connect(host.address(), "one.test", &trusted, &["http/1.1"]).await;
    let Client(mut io) = client.unwrap();
    io.write_all(requests.as_bytes()).await.unwrap();
    let mut read = Vec::new();
    let ended = tokio::time::timeout(crate::client::DEADLINE, io.read_to_end(&mut read)).await;
    (String::from_utf8(read).unwrap(), ended.unwrap().is_ok())
}

#[tokio::test]
async fn a_stream_leaves_hyper_and_ends_with_its_last_chunk_or_without_close_notify() {
    let log = Log::default();
    let writer = log.clone();
    let subscriber = tracing_subscriber::fmt().with_max_level(Level::TRACE).with_ansi(false);
    let subscriber = subscriber.with_writer(move || writer.clone()).finish();
    let _guard = tracing::subscriber::set_default(subscriber);
    let pair = Pair::new("one.test");
    let tls = Tls::pem(&*pair.certificate_pem, &*pair.key_pem);
    let host = crate::pairs::start::<Streaming>(tls).await;

    let get = "GET /events HTTP/1.1\r\nhost: a\r\n\r\n";
    let last = get.replace("\r\n\r\n", "\r\nconnection: close\r\n\r\n");
    let (read, is_clean) = ask(&host, &pair, &format!("{get}{last}")).await;
    assert!(is_clean && read.ends_with("\r\n0\r\n\r\n"));
    assert_eq!(
        (read.matches("HTTP/1.1 200").count(), read.matches("\r\n0\r\n\r\n").count()),
        (2, 2)
    );
    assert_eq!(read.matches('x').count(), 2 * 71_101 + 4, "each head has two");
    assert_eq!(log.departures(), 2);

    let post = "POST /events HTTP/1.1\r\nhost: a\r\ncontent-length: 0\r\n\r\n";
    let (read, is_clean) = ask(&host, &pair, post).await;
    assert!(!is_clean && !read.contains("\r\n0\r\n\r\n"));
    assert_eq!(log.departures(), 3);
}
