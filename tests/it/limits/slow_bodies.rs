//! Minimum pace of a request body.

use std::convert::Infallible;
use std::time::Duration;

use bytes::Bytes;
use http::Request;
use http_body::Frame;
use http_body_util::StreamBody;
use hyperpoint::prelude::*;
use hyperpoint::{Body, ServerOptions};
use tokio::time::{Instant, sleep};

use crate::http::{ask, endpoint};

endpoint! {
    Post: Vec<u32> => ();
    |config| {
        config.post("/");
        config.allow_anonymous();
    }
    |list, cx| { cx.send.string_async(list.len().to_string()).await }
}

/// Sends a list in pieces of this many bytes, one after each pause, and returns the response and
/// its time.
async fn send(
    change: impl FnOnce(&mut ServerOptions),
    size: usize,
    pauses: impl IntoIterator<Item = f64>,
) -> (String, f64) {
    let app = Host::empty().endpoint::<Post>().options(change).build().unwrap();
    let pauses: Vec<f64> = pauses.into_iter().collect();
    let body = stream! {
        yield Ok::<_, Infallible>(Frame::data(Bytes::from("[1".to_owned() + &" ".repeat(size))));
        for pause in pauses {
            sleep(Duration::from_secs_f64(pause)).await;
            yield Ok(Frame::data(Bytes::from(" ".repeat(size))));
        }
        yield Ok(Frame::data(Bytes::from("]")));
    };
    let request = Request::post("/").header("content-type", "application/json");
    let request = request.body(Body::boxed(StreamBody::new(Box::pin(body)))).unwrap();
    let start = Instant::now();
    let answer = ask(&app, request).await;
    (answer.lines().next().unwrap().to_owned(), start.elapsed().as_secs_f64().round())
}

const OK: &str = "200 OK";
const TOO_SLOW: &str = "408 Request Timeout";

#[tokio::test(start_paused = true)]
async fn a_pause_between_pieces_is_limited() {
    let sent = send(|_| {}, 10_000, [9.0, 9.0]).await;
    assert_eq!(sent, (OK.to_owned(), 18.0));
    let sent = send(|_| {}, 10_000, [9.0, 11.0]).await;
    assert_eq!(sent, (TOO_SLOW.to_owned(), 19.0));
    let sent = send(|options| options.request_body_gap = Duration::from_secs(2), 99, [3.0]).await;
    assert_eq!(sent, (TOO_SLOW.to_owned(), 2.0));
}

#[tokio::test(start_paused = true)]
async fn the_total_time_of_a_body_is_limited() {
    let sent = send(|_| {}, 10_000, [9.0, 9.0, 9.0]).await;
    assert_eq!(sent, (OK.to_owned(), 27.0));
    let sent = send(|_| {}, 10_000, [9.0, 9.0, 9.0, 9.0]).await;
    assert_eq!(sent, (TOO_SLOW.to_owned(), 30.0));
}

#[tokio::test(start_paused = true)]
async fn a_trickle_is_too_slow_after_five_seconds() {
    // The limit is 240 bytes a second, and 100 arrive.
    let sent = send(|_| {}, 100, std::iter::repeat_n(1.0, 20)).await;
    assert_eq!(sent, (TOO_SLOW.to_owned(), 9.0));
    let sent = send(|_| {}, 250, std::iter::repeat_n(1.0, 20)).await;
    assert_eq!(sent, (OK.to_owned(), 20.0));
    let sent =
        send(|options| options.request_body_bytes_per_second = 0, 1, std::iter::repeat_n(1.0, 20))
            .await;
    assert_eq!(sent, (OK.to_owned(), 20.0));
}
