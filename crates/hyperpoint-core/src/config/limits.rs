//! How many requests and how many streams a client may have.

use std::any::TypeId;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use http::{HeaderName, request};

use crate::identity::Identity;
use crate::peer::Peer;

type KeyFn = Arc<dyn Fn(&request::Parts, &Identity, Option<Peer>) -> Option<String> + Send + Sync>;

/// How many requests a client may send in a time. Over it, the answer is 429 with `Retry-After`; of
/// an event stream an event `reconnect`, since a browser gives up after any status but 200.
///
/// Requests are counted by user unless it says otherwise: those of anonymous users by the address
/// of their socket (of IPv6 the first 64 bits), and those without an address all together.
///
/// # Example
///
/// ```
/// use hyperpoint_core::{Config, RateLimit};
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

/// By what requests are counted.
#[derive(Clone)]
#[non_exhaustive]
pub enum RateKey {
    /// By the user; by the address where that is anonymous.
    User,
    /// By the address of the socket.
    Address,
    /// By the value of this header; by the address where it is missing.
    Header(HeaderName),
    /// By what this says; not at all where it says nothing.
    Of(KeyFn),
}

/// Which endpoints share what is counted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum LimitScope {
    /// The one that has the limit.
    #[default]
    Endpoint,
    /// Those of the group of this type.
    Group(TypeId),
    /// All of the host.
    Host,
}

impl RateLimit {
    /// So many requests in this time, and so many at once. What was used comes back evenly.
    #[must_use]
    pub fn per(requests: u32, time: Duration) -> Self {
        let (burst, name, scope) = (None, None, LimitScope::Endpoint);
        Self { requests, per: time, burst, key: RateKey::User, name, scope }
    }

    /// So many requests a second.
    #[must_use]
    pub fn per_second(requests: u32) -> Self {
        Self::per(requests, Duration::from_secs(1))
    }

    /// So many requests a minute.
    #[must_use]
    pub fn per_minute(requests: u32) -> Self {
        Self::per(requests, Duration::from_mins(1))
    }

    /// So many requests an hour.
    #[must_use]
    pub fn per_hour(requests: u32) -> Self {
        Self::per(requests, Duration::from_hours(1))
    }

    /// How many of them may come at once. Default: all.
    #[must_use]
    pub fn burst(mut self, requests: u32) -> Self {
        self.burst = Some(requests);
        self
    }

    /// Counts by the address of the socket, before anybody is asked who the user is. Behind a proxy
    /// that is the proxy's.
    #[must_use]
    pub fn by_address(mut self) -> Self {
        self.key = RateKey::Address;
        self
    }

    /// Counts by the value of a header, such as an API key; without it by the address. A client may
    /// send what it likes: count by what a scheme or a proxy checks. A text that is no header's name
    /// is a start-up error.
    #[must_use]
    pub fn by_header(mut self, name: &str) -> Self {
        match HeaderName::try_from(name) {
            Ok(name) => self.key = RateKey::Header(name),
            Err(_) => self.name = Some(name.to_owned()),
        }
        self
    }

    /// Counts by what this says of a request; where it says nothing, the request is not counted.
    ///
    /// # Example
    ///
    /// ```
    /// use hyperpoint_core::RateLimit;
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

    /// How many requests, and in what time.
    #[must_use]
    pub fn rate(&self) -> (u32, Duration) {
        (self.requests, self.per)
    }

    /// How many at once.
    #[must_use]
    pub fn most_at_once(&self) -> u32 {
        self.burst.unwrap_or(self.requests)
    }

    /// By what requests are counted.
    #[must_use]
    pub fn key(&self) -> &RateKey {
        &self.key
    }

    /// Which endpoints share it.
    #[must_use]
    pub fn scope(&self) -> LimitScope {
        self.scope
    }

    /// What is wrong with it, a sentence each.
    pub(super) fn mistakes(&self) -> Vec<String> {
        let mut mistakes = Vec::new();
        if self.requests == 0 || self.burst == Some(0) {
            mistakes.push("has a rate limit of 0, which lets nobody in; take it out".to_owned());
        }
        if self.per.is_zero() {
            mistakes.push("has a rate limit in no time; give it one".to_owned());
        }
        if let Some(name) = &self.name {
            mistakes.push(format!("has a rate limit by `{name}`, which is no header's name"));
        }
        mistakes
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

/// How many event streams one client may have open.
#[derive(Clone, Copy, Debug)]
pub struct StreamLimit {
    /// How many.
    pub most: usize,
    /// Whether they are counted by user, and by address only where that is anonymous.
    pub is_by_user: bool,
    /// Which endpoints share it.
    pub scope: LimitScope,
}
