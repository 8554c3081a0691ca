//! A program of axum that streams a topic with `hyperpoint-topics` and `hyperpoint-sse` alone. The test
//! `outside` builds it in a package of its own, outside the workspace.

use std::error::Error;

use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::http::request::Parts;
use axum::response::IntoResponse;
use axum::routing::get;
use futures_util::{StreamExt, stream};
use hyperpoint_sse::StreamItem;
use hyperpoint_sse::stream::{StreamOptions, StreamScope, event_stream};
use hyperpoint_topics::{TopicName, Topics};
use tokio::net::TcpListener;

const READINGS: TopicName<f32> = TopicName::new("readings").event("reading");

async fn readings(State(topics): State<Topics>, request: Parts) -> impl IntoResponse {
    topics.topic(READINGS).subscribe().respond(&request)
}

async fn add_reading(State(topics): State<Topics>, body: String) -> StatusCode {
    match body.parse() {
        Ok(celsius) if topics.topic(READINGS).publish(&celsius).await.is_ok() => StatusCode::OK,
        _ => StatusCode::BAD_REQUEST,
    }
}

async fn count() -> impl IntoResponse {
    let numbers = stream::iter(1..=3_u32).map(|number| StreamItem::json(&number));
    event_stream(numbers, StreamOptions::default().done(), &StreamScope::default())
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let router = Router::new()
        .route("/readings", get(readings).post(add_reading))
        .route("/count", get(count))
        .with_state(Topics::default());
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    println!("{}", listener.local_addr()?);
    Ok(axum::serve(listener, router).await?)
}
