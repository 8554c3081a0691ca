//! The options of the stream and of the connection to the NATS server.

use std::time::Duration;

use async_nats::ConnectOptions;

/// The default interval of the client's pings to the server.
const PING: Duration = Duration::from_secs(10);

/// The options of the stream that holds the log, and of the connection to the server.
///
/// Limits, replicas and the duplicate window apply when a node creates the stream. An existing
/// stream keeps its configuration.
///
/// # Examples
///
/// ```
/// use std::time::Duration;
///
/// use hyperpoint_nats::JetStreamOptions;
///
/// let options = JetStreamOptions::default()
///     .stream("shop")
///     .replicas(3)
///     .max_age(Duration::from_hours(1))
///     .max_bytes(256 * 1024 * 1024)
///     .once_window(Duration::from_mins(5))
///     .timeout(Duration::from_secs(2));
/// ```
#[derive(Debug)]
#[must_use = "options do nothing unless they are passed to `JetStream::connect_with`"]
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
    /// Sets the name of the stream, which is also the first token of its subjects. Default:
    /// `hyperpoint`.
    ///
    /// # Examples
    ///
    /// ```
    /// use hyperpoint_nats::JetStreamOptions;
    ///
    /// // The events of the topic `room/lobby` have the subject `shop.room.lobby`.
    /// let options = JetStreamOptions::default().stream("shop");
    /// ```
    pub fn stream(mut self, name: impl Into<String>) -> Self {
        self.stream = name.into();
        self
    }

    /// Sets the maximum age of an event in the stream. Zero disables the limit. Default: 24 hours.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::time::Duration;
    ///
    /// use hyperpoint_nats::JetStreamOptions;
    ///
    /// let options = JetStreamOptions::default().max_age(Duration::from_hours(1));
    /// ```
    pub fn max_age(mut self, age: Duration) -> Self {
        self.max_age = age;
        self
    }

    /// Sets the maximum size of the stream in bytes. The stream evicts its oldest events to stay
    /// within this size. Zero disables the limit. Default: 1 GiB.
    ///
    /// # Examples
    ///
    /// ```
    /// use hyperpoint_nats::JetStreamOptions;
    ///
    /// let options = JetStreamOptions::default().max_bytes(256 * 1024 * 1024);
    /// ```
    pub fn max_bytes(mut self, bytes: u64) -> Self {
        self.max_bytes = i64::try_from(bytes).unwrap_or(i64::MAX);
        self
    }

    /// Sets the number of servers of a cluster that store each event. Default: 1.
    ///
    /// # Examples
    ///
    /// ```
    /// use hyperpoint_nats::JetStreamOptions;
    ///
    /// // The log survives the loss of one of three servers.
    /// let options = JetStreamOptions::default().replicas(3);
    /// ```
    pub fn replicas(mut self, count: usize) -> Self {
        self.replicas = count;
        self
    }

    /// Sets the duplicate window: the time within which a second publication with the same
    /// idempotency key is a duplicate. The window is limited to [`max_age`](Self::max_age).
    /// Default: 2 minutes.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::time::Duration;
    ///
    /// use hyperpoint_nats::JetStreamOptions;
    ///
    /// let options = JetStreamOptions::default().once_window(Duration::from_mins(5));
    /// ```
    pub fn once_window(mut self, window: Duration) -> Self {
        self.once_window = window;
        self
    }

    /// Sets the timeout of the first connection and of each operation. It also applies while the
    /// server is unreachable. Default: 5 s.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::time::Duration;
    ///
    /// use hyperpoint_nats::JetStreamOptions;
    ///
    /// let options = JetStreamOptions::default().timeout(Duration::from_secs(2));
    /// ```
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }

    /// Sets the options of the NATS client, such as credentials and TLS. Default: no credentials,
    /// TLS if the server requires it, and a ping every 10 s, of which two may remain unanswered.
    /// The connection timeout of these options is not used; set [`timeout`](Self::timeout).
    ///
    /// # Examples
    ///
    /// ```
    /// use hyperpoint_nats::JetStreamOptions;
    /// use hyperpoint_nats::async_nats::ConnectOptions;
    ///
    /// let client = ConnectOptions::with_user_and_password("shop".into(), "secret".into());
    /// let options = JetStreamOptions::default().client(client.require_tls(true));
    /// ```
    pub fn client(mut self, client: ConnectOptions) -> Self {
        self.client = client;
        self
    }
}
