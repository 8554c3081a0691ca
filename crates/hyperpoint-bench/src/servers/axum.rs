//! The server on axum, with its default options.

use std::error::Error;

use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::routing::{get, post, put};
use axum::{Json, Router};
use futures_util::{Stream, StreamExt, stream};
use hyperpoint_bench::{
    Echo, Order, OrderBody, Reading, TEXT, Tick, address, announce, terminated,
};
use tokio::net::TcpListener;
use tokio::sync::broadcast::{self, error::RecvError};

/// The capacity of the broadcast channel, in events. A client with more unread events loses the
/// oldest ones.
const CAPACITY: usize = 1024;

type Events = Sse<axum::response::sse::KeepAliveStream<stream::BoxStream<'static, Item>>>;
type Item = Result<Event, axum::Error>;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let app = Router::new()
        .route("/plaintext", get(|| async { TEXT }))
        .route("/json", get(|| async { Json(Reading::new(1)) }))
        .route("/echo", post(|Json(echo): Json<Echo>| async { Json(echo) }))
        .route("/orders/{id}/{customer}", put(order))
        .route("/events", get(|| async { events(stream::iter((0..).map(Reading::new))) }))
        .route("/idle", get(|| async { events(stream::pending()) }))
        .route("/topic", get(topic))
        .route("/publish", post(publish))
        .with_state(broadcast::channel(CAPACITY).0);
    let listener = TcpListener::bind(address()).await?;
    announce(listener.local_addr()?);
    tokio::select! {
        result = axum::serve(listener, app) => result?,
        () = terminated() => {}
    }
    Ok(())
}

async fn order(
    Path((id, customer)): Path<(u64, String)>,
    Json(body): Json<OrderBody>,
) -> Result<Json<Order>, StatusCode> {
    let order = Order::new(id, customer, body);
    if order.is_valid() { Ok(Json(order)) } else { Err(StatusCode::BAD_REQUEST) }
}

fn events(readings: impl Stream<Item = Reading> + Send + 'static) -> Events {
    let event = |reading| Event::default().event("reading").json_data(reading);
    Sse::new(readings.map(event).boxed()).keep_alive(KeepAlive::default())
}

async fn topic(State(ticks): State<broadcast::Sender<Tick>>) -> Events {
    let mut ticks = ticks.subscribe();
    let stream = async_stream::stream! {
        loop {
            match ticks.recv().await {
                Ok(tick) => yield Event::default().event("tick").json_data(&tick),
                Err(RecvError::Lagged(_)) => {}
                Err(RecvError::Closed) => break,
            }
        }
    };
    Sse::new(stream.boxed()).keep_alive(KeepAlive::default())
}

async fn publish(
    State(ticks): State<broadcast::Sender<Tick>>,
    Json(tick): Json<Tick>,
) -> StatusCode {
    // Sending fails only if there is no receiver; then no client misses the event.
    let _ = ticks.send(tick);
    StatusCode::NO_CONTENT
}
