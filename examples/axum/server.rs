//! The routes of axum, the endpoints of Hyperpoint, and the state that both share.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use axum::extract::State;
use axum::http::request::Parts;
use axum::response::{Html, IntoResponse};
use axum::routing::get;
use axum::{Json, Router};
use hyperpoint::prelude::*;
use hyperpoint::sse::stream::StreamScope;
use hyperpoint::{Application, PublishError, Stopping};

/// A reading of a sensor, in degrees Celsius.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Reading {
    /// The temperature.
    pub celsius: f32,
}

const READINGS: TopicName<Reading> = TopicName::new("readings").event("reading");

/// How long streams and requests have to finish when the server stops.
const DRAIN: Duration = Duration::from_secs(5);

/// The state that axum's handlers and Hyperpoint's endpoints share.
#[derive(Clone, Debug)]
pub struct Shared {
    topics: Topics,
    /// The shutdown signal and the clock of the streams that axum sends.
    streams: StreamScope,
    highest: Arc<Mutex<Option<Reading>>>,
}

impl Default for Shared {
    fn default() -> Self {
        let streams = StreamScope::new(Stopping::new(DRAIN));
        Self { topics: Topics::default(), streams, highest: Arc::default() }
    }
}

impl Shared {
    /// Publishes a reading to all streams, those of axum and those of endpoints.
    async fn add(&self, reading: Reading) -> Result<(), PublishError> {
        self.note(reading);
        self.topics.topic(READINGS).publish(&reading).await.map(drop)
    }

    fn note(&self, reading: Reading) {
        let mut highest = self.highest.lock().unwrap_or_else(PoisonError::into_inner);
        if highest.is_none_or(|highest| highest.celsius < reading.celsius) {
            *highest = Some(reading);
        }
    }

    fn highest(&self) -> Option<Reading> {
        *self.highest.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// axum: `GET /readings` streams the topic. A browser that reconnects misses nothing.
async fn readings(State(shared): State<Shared>, request: Parts) -> impl IntoResponse {
    let topic = shared.topics.topic(READINGS);
    topic.subscribe().history(10).scope(&shared.streams).respond(&request)
}

/// axum: `POST /readings` publishes.
async fn add_reading(
    State(shared): State<Shared>,
    Json(reading): Json<Reading>,
) -> axum::http::StatusCode {
    // JSON has no infinite numbers: `1e99` is read as one, and would be sent as `null`.
    if !reading.celsius.is_finite() {
        return axum::http::StatusCode::UNPROCESSABLE_ENTITY;
    }
    match shared.add(reading).await {
        Ok(()) => axum::http::StatusCode::NO_CONTENT,
        Err(_) => axum::http::StatusCode::SERVICE_UNAVAILABLE,
    }
}

/// Hyperpoint: `GET /highest`, the highest reading so far.
#[derive(Endpoint)]
struct Highest {
    shared: Arc<Shared>,
}

impl Endpoint for Highest {
    type Request = ();
    type Response = Reading;

    fn configure(config: &mut Config) {
        config.get("/highest");
        config.allow_anonymous();
    }

    async fn handle(&self, (): (), cx: Cx<'_, Self>) -> Result {
        match self.shared.highest() {
            Some(reading) => cx.send.ok_async(reading).await,
            None => cx.send.not_found_async().await,
        }
    }
}

/// Hyperpoint: `GET /warnings`, the same topic as a typed endpoint with a filter.
#[derive(Endpoint)]
struct Warnings {
    shared: Arc<Shared>,
}

impl Endpoint for Warnings {
    type Request = ();
    type Response = Events<Reading>;

    fn configure(config: &mut Config) {
        config.get("/warnings");
        config.allow_anonymous();
    }

    async fn handle(&self, (): (), cx: Cx<'_, Self>) -> Result {
        let stream = cx.send.topic_async(&self.shared.topics.topic(READINGS));
        stream.filter(|event| event.json::<Reading>().is_some_and(|read| read.celsius > 30.0)).await
    }
}

/// The application of axum, and the endpoints that are mounted in it.
#[derive(Debug)]
pub struct Server {
    /// Serves both.
    pub router: Router,
    shared: Shared,
    endpoints: Application,
}

impl Server {
    /// Builds the router with the endpoints in it.
    ///
    /// # Errors
    ///
    /// Configuration errors of the endpoints.
    pub fn build() -> Result<Self, HostError> {
        let shared = Shared::default();
        let host = Host::new().service(Arc::new(shared.clone()));
        let endpoints = host.options(|options| options.drain_window = DRAIN).build()?;
        let router = Router::new()
            .route("/", get(Html(include_str!("index.html"))))
            .route("/readings", get(readings).post(add_reading))
            .fallback_service(endpoints.clone())
            .with_state(shared.clone());
        Ok(Self { router, shared, endpoints })
    }

    /// Returns a function that asks all streams to end, which axum does not do by itself.
    pub fn stop(&self) -> impl Fn() + Send + 'static {
        let signals = [self.shared.streams.stopping().clone(), self.endpoints.stopping().clone()];
        move || signals.iter().for_each(Stopping::request)
    }
}
