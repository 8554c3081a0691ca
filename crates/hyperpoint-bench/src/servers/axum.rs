//! axum as it comes.

use std::error::Error;

use axum::response::sse::{Event, KeepAlive, Sse};
use axum::routing::{get, post};
use axum::{Json, Router};
use futures_util::{Stream, StreamExt, stream};
use hyperpoint_bench::{Echo, Reading, TEXT, address, announce, terminated};
use tokio::net::TcpListener;

type Events = Sse<axum::response::sse::KeepAliveStream<stream::BoxStream<'static, Item>>>;
type Item = Result<Event, axum::Error>;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let app = Router::new()
        .route("/plaintext", get(|| async { TEXT }))
        .route("/json", get(|| async { Json(Reading::new(1)) }))
        .route("/echo", post(|Json(echo): Json<Echo>| async { Json(echo) }))
        .route("/events", get(|| async { events(stream::iter((0..).map(Reading::new))) }))
        .route("/idle", get(|| async { events(stream::pending()) }));
    let listener = TcpListener::bind(address()).await?;
    announce(listener.local_addr()?);
    tokio::select! {
        result = axum::serve(listener, app) => result?,
        () = terminated() => {}
    }
    Ok(())
}

fn events(readings: impl Stream<Item = Reading> + Send + 'static) -> Events {
    let event = |reading| Event::default().event("reading").json_data(reading);
    Sse::new(readings.map(event).boxed()).keep_alive(KeepAlive::default())
}
