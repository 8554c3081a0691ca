//! The refusal of HTTP/2 by a host without the feature `http2`.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use http::StatusCode;
use hyperpoint_core::Problem;
use hyperpoint_core::problem::ErrorFormat;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};

use super::activity::{Activity, Overdue};
use super::bare_refusal::with_document;
use super::with_deadlines::Ended;

/// Maximum time for the client to read the refusal and to close the connection, even if it
/// continues to send.
const LINGER: Duration = Duration::from_secs(1);

/// Refuses an HTTP/2 connection. The feature `http2` replaces this function with one that serves
/// the connection.
#[cfg(not(feature = "http2"))]
pub(super) async fn http2<T>(
    app: crate::app::Application,
    io: T,
    activity: Arc<Activity>,
) -> &'static str
where
    T: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let peer = activity.peer();
    tracing::debug!(?peer, "refused HTTP/2: it needs the feature `http2` of hyperpoint");
    refused(io, &app.app().error_format, activity).await.log(peer)
}

/// Refuses a client that sent the HTTP/2 preface. The client uses HTTP/2 with prior knowledge,
/// because the TLS handshake does not offer HTTP/2.
async fn refused<T>(io: T, format: &ErrorFormat, activity: Arc<Activity>) -> Ended
where
    T: AsyncRead + AsyncWrite + Unpin,
{
    tokio::select! {
        biased;
        _ = tokio::time::timeout(LINGER, refuse(io, format)) => Ended::Closed(Ok(())),
        () = activity.dismissed() => Ended::Overdue(Overdue::Dismissed),
    }
}

/// Sends an HTTP/1.1 response with status 505 (RFC 9110 §15.6.6), and reads until the client closes
/// the connection: closing it with unread bytes would reset it, and the client could lose the
/// response.
async fn refuse<T>(mut io: T, format: &ErrorFormat) -> io::Result<()>
where
    T: AsyncRead + AsyncWrite + Unpin,
{
    let problem = Problem::new(StatusCode::HTTP_VERSION_NOT_SUPPORTED)
        .detail("this server speaks HTTP/1.1, and not HTTP/2");
    let head = "HTTP/1.1 505 HTTP Version Not Supported\r\nconnection: close";
    let response = with_document(head.lines(), format, problem).unwrap_or_default();
    io.write_all(&response).await?;
    io.shutdown().await?;
    let mut unread = [0; 1024];
    while io.read(&mut unread).await? > 0 {}
    Ok(())
}

#[cfg(test)]
mod tests {
    use tokio::io::{DuplexStream, duplex};
    use tokio::time::Instant;

    use super::*;

    fn connection() -> (DuplexStream, impl Future<Output = Ended>) {
        let (client, server) = duplex(64);
        let format = ErrorFormat::default();
        let activity = Activity::for_test();
        (client, async move { refused(server, &format, activity).await })
    }

    #[tokio::test(start_paused = true)]
    async fn http2_is_refused_with_a_problem_document_of_http1() {
        let (mut client, refused) = connection();
        let asks = async move {
            client.write_all(b"\0\0\0\x04\0\0\0\0\0 and other frames").await.unwrap();
            let mut response = String::new();
            client.read_to_string(&mut response).await.unwrap();
            response
        };
        let (response, ended) = tokio::join!(asks, refused);
        assert!(matches!(ended, Ended::Closed(Ok(()))), "{ended:?}");
        let (head, document) = response.split_once("\r\n\r\n").unwrap();
        assert!(
            head.starts_with("HTTP/1.1 505 HTTP Version Not Supported\r\nconnection: close\r\n")
        );
        assert!(head.contains("\r\ncontent-type: application/problem+json"), "{head}");
        assert!(head.contains(&format!("\r\ncontent-length: {}", document.len())), "{head}");
        assert!(document.contains("this server speaks HTTP/1.1, and not HTTP/2"), "{document}");
    }

    #[tokio::test(start_paused = true)]
    async fn a_client_that_neither_reads_nor_closes_is_cut_after_a_second() {
        let (client, refused) = connection();
        let start = Instant::now();
        refused.await;
        assert_eq!(start.elapsed(), LINGER);
        drop(client);
    }
}
