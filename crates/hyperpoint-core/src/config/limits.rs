//! Rate limits and stream limits.

use std::any::TypeId;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use http::{HeaderName, request};

use crate::identity::Identity;
use crate::peer::Peer;

type KeyFn = Arc<dyn Fn(&request::Parts, &Identity, Option<Peer>) -> Option<String> + Send + Sync>;

/// A limit on the request rate of each client.
///
/// A request that exceeds the limit gets a 429 with `Retry-After`. An event stream for
/// `EventSource` gets an event `reconnect` instead, because a browser stops reconnecting after any
/// status but 200.
///
/// By default, requests of authenticated users are counted by user, and anonymous requests by the
/// IP address of the client (for IPv6, by its first 64 bits). Anonymous requests without an address
/// are counted together.
///
/// # Examples
///
/// ```
/// use hyperpoint::{Config, RateLimit};
///
/// fn configure(config: &mut Config) {
///     config.post("/sign-in");
///     config.rate_limit(RateLimit::per_minute(60).burst(5).by_address());
/// }
/// # configure(&mut Config::default());
/// ```
#[derive(Clone, Debug)]
pub struct RateLimit {
    requests: u32,
    per: Duration,
    burst: Option<u32>,
    key: RateKey,
    name: Option<String>,
    pub(super) scope: LimitScope,
}

/// The key by which requests are counted.
#[derive(Clone)]
#[non_exhaustive]
pub enum RateKey {
    /// The user, or the IP address of the client if the user is anonymous.
    User,
    /// The IP address of the client.
    Address,
    /// The value of this header, or the IP address of the client if the header is missing.
    Header(HeaderName),
    /// The key that the function returns. Requests for which the function returns `None` are not
    /// counted.
    Of(KeyFn),
}

/// The endpoints that share a limit.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum LimitScope {
    /// Only the endpoint that sets the limit.
    #[default]
    Endpoint,
    /// The endpoints of the group of this type.
    Group(TypeId),
    /// All endpoints of the host.
    Host,
}

impl RateLimit {
    /// Creates a limit of `requests` requests per `time`, with a burst of the same number. Used
    /// capacity is restored evenly over time. A number or a time of zero is a configuration error.
    ///
    /// # Examples
    ///
    /// ```
    /// # let mut config = hyperpoint::Config::default();
    /// use std::time::Duration;
    ///
    /// use hyperpoint::RateLimit;
    ///
    /// config.rate_limit(RateLimit::per(100, Duration::from_secs(10)));
    /// ```
    #[must_use]
    pub fn per(requests: u32, time: Duration) -> Self {
        let (burst, name, scope) = (None, None, LimitScope::Endpoint);
        Self { requests, per: time, burst, key: RateKey::User, name, scope }
    }

    /// Creates a limit of this number of requests per second, with a burst of the same number.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::time::Duration;
    ///
    /// use hyperpoint::RateLimit;
    ///
    /// assert_eq!(RateLimit::per_second(10).rate(), (10, Duration::from_secs(1)));
    /// ```
    #[must_use]
    pub fn per_second(requests: u32) -> Self {
        Self::per(requests, Duration::from_secs(1))
    }

    /// Creates a limit of this number of requests per minute, with a burst of the same number.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::time::Duration;
    ///
    /// use hyperpoint::RateLimit;
    ///
    /// assert_eq!(RateLimit::per_minute(10).rate(), (10, Duration::from_mins(1)));
    /// ```
    #[must_use]
    pub fn per_minute(requests: u32) -> Self {
        Self::per(requests, Duration::from_mins(1))
    }

    /// Creates a limit of this number of requests per hour, with a burst of the same number.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::time::Duration;
    ///
    /// use hyperpoint::RateLimit;
    ///
    /// assert_eq!(RateLimit::per_hour(10).rate(), (10, Duration::from_hours(1)));
    /// ```
    #[must_use]
    pub fn per_hour(requests: u32) -> Self {
        Self::per(requests, Duration::from_hours(1))
    }

    /// Sets the burst: the maximum number of requests at once after a pause. Default: the number of
    /// requests per period. A burst of 0 is a configuration error.
    ///
    /// # Examples
    ///
    /// ```
    /// use hyperpoint::RateLimit;
    ///
    /// let limit = RateLimit::per_minute(60).burst(5);
    /// # let _ = limit;
    /// ```
    #[must_use]
    pub fn burst(mut self, requests: u32) -> Self {
        self.burst = Some(requests);
        self
    }

    /// Counts requests by the IP address of the client, before authentication. Behind a proxy that
    /// the host does not trust, this is the address of the proxy.
    ///
    /// # Examples
    ///
    /// ```
    /// use hyperpoint::RateLimit;
    ///
    /// let limit = RateLimit::per_minute(5).by_address();
    /// # let _ = limit;
    /// ```
    #[must_use]
    pub fn by_address(mut self) -> Self {
        self.key = RateKey::Address;
        self
    }

    /// Counts requests by the value of a header, such as an API key, or by the IP address of the
    /// client if the header is missing, before authentication. An invalid header name is a
    /// configuration error.
    ///
    /// A client can send any value, so use a header that a scheme or a proxy verifies.
    ///
    /// # Examples
    ///
    /// ```
    /// use hyperpoint::RateLimit;
    ///
    /// let limit = RateLimit::per_second(20).by_header("x-api-key");
    /// # let _ = limit;
    /// ```
    #[must_use]
    pub fn by_header(mut self, name: &str) -> Self {
        match HeaderName::try_from(name) {
            Ok(name) => self.key = RateKey::Header(name),
            Err(_) => self.name = Some(name.to_owned()),
        }
        self
    }

    /// Counts requests by the key that the function returns, after authentication. Requests for
    /// which the function returns `None` are not counted.
    ///
    /// # Examples
    ///
    /// ```
    /// use hyperpoint::RateLimit;
    ///
    /// // Each tenant has its share; administrators have no limit.
    /// let limit = RateLimit::per_second(50).by(|_, user, _| {
    ///     let tenant = user.claim("tenant")?.as_str()?;
    ///     (!user.has_role("admin")).then(|| tenant.to_owned())
    /// });
    /// # let _ = limit;
    /// ```
    #[must_use]
    pub fn by<F>(mut self, key: F) -> Self
    where
        F: Fn(&request::Parts, &Identity, Option<Peer>) -> Option<String> + Send + Sync + 'static,
    {
        self.key = RateKey::Of(Arc::new(key));
        self
    }

    /// Returns the number of allowed requests per period, and the period.
    #[must_use]
    pub fn rate(&self) -> (u32, Duration) {
        (self.requests, self.per)
    }

    /// Returns the burst: the number of requests that are allowed at once after a pause.
    #[must_use]
    pub fn most_at_once(&self) -> u32 {
        self.burst.unwrap_or(self.requests)
    }

    /// Returns the key by which requests are counted.
    #[must_use]
    pub fn key(&self) -> &RateKey {
        &self.key
    }

    /// Returns the scope of the limit: the endpoints that share it.
    #[must_use]
    pub fn scope(&self) -> LimitScope {
        self.scope
    }

    /// Returns the configuration errors, one message each.
    pub(super) fn configuration_errors(&self) -> Vec<String> {
        let mut errors = Vec::new();
        if self.requests == 0 || self.burst == Some(0) {
            errors.push("has a rate limit of 0, which refuses every request; remove it".to_owned());
        }
        if self.per.is_zero() {
            errors.push("has a rate limit with a period of zero; set a period".to_owned());
        }
        if let Some(name) = &self.name {
            errors.push(format!(
                "has a rate limit by `{name}`, which is not a header name; write one such as \
                 `x-api-key`"
            ));
        }
        errors
    }
}

impl fmt::Debug for RateKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::User => f.write_str("User"),
            Self::Address => f.write_str("Address"),
            Self::Header(name) => f.debug_tuple("Header").field(name).finish(),
            Self::Of(_) => f.write_str("Of"),
        }
    }
}

/// The maximum number of concurrent event streams of one client.
#[derive(Clone, Copy, Debug)]
pub struct StreamLimit {
    /// The maximum number of concurrent streams per client.
    pub most: usize,
    /// Whether streams are counted by user, or by IP address if the user is anonymous. If `false`,
    /// all streams are counted by IP address.
    pub is_by_user: bool,
    /// The endpoints that share the limit.
    pub scope: LimitScope,
}
