//! Owns what a user may say of the stream and of the way to it.

use std::time::Duration;

use async_nats::ConnectOptions;

/// How often the server is asked whether it is there.
const PING: Duration = Duration::from_secs(10);

/// The stream that keeps the log, and how it is reached.
///
/// What the stream keeps is set when it is created, by the node that finds none. A stream that is
/// there is taken as it is.
///
/// # Example
///
/// ```no_run
/// use std::time::Duration;
///
/// use hyperpoint_nats::{JetStream, JetStreamOptions};
///
/// # async fn f() -> Result<(), Box<dyn std::error::Error>> {
/// let options = JetStreamOptions::default()
///     .stream("shop")
///     .replicas(3)
///     .max_age(Duration::from_hours(1));
/// let engine = JetStream::connect_with("nats://10.0.0.7,nats://10.0.0.8", options).await?;
/// # let _ = engine;
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
#[must_use = "options do nothing until something is connected with them"]
pub struct JetStreamOptions {
    pub(crate) stream: String,
    pub(crate) max_age: Duration,
    pub(crate) max_bytes: i64,
    pub(crate) replicas: usize,
    pub(crate) once_window: Duration,
    pub(crate) timeout: Duration,
    pub(crate) client: ConnectOptions,
}

impl Default for JetStreamOptions {
    fn default() -> Self {
        Self {
            stream: "hyperpoint".to_owned(),
            max_age: Duration::from_hours(24),
            max_bytes: 1024 * 1024 * 1024,
            replicas: 1,
            once_window: Duration::from_mins(2),
            timeout: Duration::from_secs(5),
            client: ConnectOptions::new().name("hyperpoint").ping_interval(PING),
        }
    }
}

impl JetStreamOptions {
    /// The name of the stream, and of the subjects in it. Default: `hyperpoint`.
    pub fn stream(mut self, name: impl Into<String>) -> Self {
        self.stream = name.into();
        self
    }

    /// How long the stream keeps an event; zero is for ever. Default: 24 hours.
    pub fn max_age(mut self, age: Duration) -> Self {
        self.max_age = age;
        self
    }

    /// How much the stream keeps, in bytes; then the oldest events go. Default: 1 GiB.
    pub fn max_bytes(mut self, bytes: u64) -> Self {
        self.max_bytes = i64::try_from(bytes).unwrap_or(i64::MAX);
        self
    }

    /// On how many servers of a cluster an event is stored. Default: 1.
    pub fn replicas(mut self, count: usize) -> Self {
        self.replicas = count;
        self
    }

    /// How long a repeated publication is known as one. Default: 2 minutes.
    pub fn once_window(mut self, window: Duration) -> Self {
        self.once_window = window;
        self
    }

    /// How long an answer of the server is waited for, also while it is away. Default: 5 s.
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }

    /// How the client connects: credentials, TLS, and all else. Default: no credentials, TLS where
    /// the server asks for it, and a ping every 10 s, two of which may go unanswered.
    pub fn client(mut self, client: ConnectOptions) -> Self {
        self.client = client;
        self
    }
}
