//! Authentication of browsers that open event streams, by short-lived tickets.

use std::fmt;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use async_trait::async_trait;
use http::{HeaderValue, Method, request};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::seal::Seal;
use super::signing_keys::SigningKeys;
use super::stored::{Stored, seconds, time};
use super::ticket_uses::TicketUses;
use hyperpoint_core::identity::{AuthenticationScheme, Carrier, Identity, QueryToken};
use hyperpoint_core::problem::Problem;

/// The kind that [`Seal`] uses for tickets.
const KIND: &str = "ticket";
/// The default time in which a ticket must first be used.
const FIRST_USE: Duration = Duration::from_secs(30);
/// The default time after the end of a stream during which its ticket is still accepted.
const GRACE: Duration = Duration::from_mins(1);
/// Maximum age of a ticket, even if its identity does not expire.
const LONGEST: Duration = Duration::from_hours(12);
/// Maximum length of a ticket in bytes, so that the URL is accepted by servers and proxies.
const MAX_BYTES: usize = 4096;

/// Authenticates browsers that open event streams, by short-lived tickets. An `EventSource` cannot
/// set headers, so a page sends its credentials to an endpoint that issues a ticket, and opens the
/// stream with the ticket in the query. The scheme's name is `ticket`.
///
/// A ticket is valid for GET and HEAD of one path, and contains the identity with its roles and
/// claims. A ticket must first be used within 30 seconds. An `EventSource` sends the same URL when
/// it reconnects, so the ticket remains valid while a stream uses it and for 60 seconds after the
/// stream ends. A URL in an old log is therefore useless, but a page can still reconnect. A ticket
/// expires with the identity for which it was issued, and after 12 hours at the latest.
///
/// A ticket contains the name of the scheme that established the identity. For each use, the host
/// checks with that scheme that the identity [still holds](AuthenticationScheme::still_holds). A
/// host without that scheme rejects the ticket, and so does an endpoint whose `schemes` do not
/// include that scheme.
///
/// Each process tracks which tickets are in use. In its first 60 seconds, a process also accepts
/// tickets whose last use is unknown, so that streams survive a restart. For several processes
/// behind one address, see [`for_several_processes`](Self::for_several_processes).
///
/// A ticket is signed but not encrypted: its holder can read the claims of the identity.
///
/// # Examples
///
/// ```
/// use std::sync::Arc;
///
/// use hyperpoint::schemes::{SigningKeys, Tickets};
/// use hyperpoint::{Config, Cx, Endpoint, Host, Result};
///
/// // Registered twice: as a scheme, and as a service for the endpoint that issues tickets.
/// let tickets = Arc::new(Tickets::new(SigningKeys::random()));
/// let host = Host::new().service(Arc::clone(&tickets)).authentication(tickets);
///
/// async fn issue<E>(tickets: &Tickets, cx: Cx<'_, E>) -> Result
/// where
///     E: Endpoint<Response = String>,
/// {
///     let ticket = tickets.issue(cx.identity, "/prices")?;
///     cx.send.ok_async(ticket).await
/// }
///
/// fn configure_prices(config: &mut Config) {
///     config.get("/prices");
///     config.allow_query_token("ticket");
/// }
/// # let _ = (host, configure_prices);
/// ```
pub struct Tickets {
    name: String,
    keys: SigningKeys,
    first_use: Duration,
    /// The tracked uses, or `None` if tickets are valid in any process for a fixed time.
    uses: Option<Arc<TicketUses>>,
    /// The maximum age of a ticket.
    longest: Duration,
}

/// The content of a ticket.
#[derive(Serialize, Deserialize)]
struct Ticket {
    #[serde(flatten)]
    user: Stored,
    /// The scheme that established the identity, or `None` if a handler created it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    from: Option<String>,
    path: String,
    id: Uuid,
    /// The time of issue, in milliseconds since 1970.
    at: u64,
    /// The time at which the identity expires, in seconds since 1970, or `None` if it does not
    /// expire.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    until: Option<u64>,
}

impl Tickets {
    /// Creates a scheme whose tickets are signed with these keys.
    #[must_use]
    pub fn new(keys: SigningKeys) -> Self {
        Self {
            name: "ticket".to_owned(),
            keys,
            first_use: FIRST_USE,
            uses: Some(Arc::new(TicketUses::new(GRACE))),
            longest: LONGEST,
        }
    }

    /// Sets the name by which endpoints require the scheme. Default: `ticket`.
    #[must_use]
    pub fn named(mut self, name: impl Into<String>) -> Self {
        self.name = name.into();
        self
    }

    /// Sets the time in which a ticket must first be used. Default: 30 s.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::time::Duration;
    ///
    /// use hyperpoint::schemes::{SigningKeys, Tickets};
    ///
    /// let tickets = Tickets::new(SigningKeys::random())
    ///     .first_use(Duration::from_secs(10))
    ///     .grace(Duration::from_secs(120));
    /// # let _ = tickets;
    /// ```
    #[must_use]
    pub fn first_use(mut self, within: Duration) -> Self {
        self.first_use = within;
        self
    }

    /// Sets how long after the end of a stream its client may reconnect with the same ticket, and
    /// how long after its start a process accepts tickets whose last use is unknown. Must be longer
    /// than the `retry` of the stream. No effect if uses are not tracked
    /// ([`for_several_processes`](Self::for_several_processes)). Default: 60 s.
    #[must_use]
    pub fn grace(mut self, after: Duration) -> Self {
        self.uses = self.uses.map(|_| Arc::new(TicketUses::new(after)));
        self
    }

    /// Disables the tracking of uses: a ticket is valid for the duration `holds` after its issue,
    /// in every process with the same keys. A leaked URL is valid for the same time, so choose a
    /// time no longer than pages need. When a stream is refused, the page must request a new
    /// ticket. [`first_use`](Self::first_use) and [`grace`](Self::grace) then have no effect.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::time::Duration;
    ///
    /// use hyperpoint::schemes::{SigningKeys, Tickets};
    ///
    /// # fn from_the_vault(_: &str) -> Vec<u8> { vec![7; 32] }
    /// let tickets = Tickets::new(SigningKeys::new(from_the_vault("signing")))
    ///     .for_several_processes(Duration::from_secs(600));
    /// # let _ = tickets;
    /// ```
    #[must_use]
    pub fn for_several_processes(mut self, holds: Duration) -> Self {
        self.uses = None;
        self.longest = holds;
        self
    }

    /// Returns a ticket for this identity and for the stream at this path. `path` is the route with
    /// its parameters filled in, as the client sends it.
    ///
    /// # Errors
    ///
    /// Returns a 500 problem for an anonymous identity, for a path that does not begin with `/` or
    /// that has a query, and for an identity that is too large for a URL.
    ///
    /// # Examples
    ///
    /// ```
    /// use hyperpoint::Identity;
    /// use hyperpoint::schemes::{SigningKeys, Tickets};
    ///
    /// let tickets = Tickets::new(SigningKeys::random());
    /// assert!(tickets.issue(&Identity::user("ann"), "/prices").is_ok());
    /// assert!(tickets.issue(&Identity::anonymous(), "/prices").is_err());
    /// ```
    pub fn issue(&self, identity: &Identity, path: &str) -> Result<String, Problem> {
        if !identity.is_authenticated() {
            return Err(Problem::internal(
                "cannot issue a ticket for an anonymous identity; require a user",
            ));
        }
        if !path.starts_with('/') || path.contains('?') {
            let text = "cannot issue a ticket for this path; use a path such as `/prices`, \
                        without a query";
            return Err(Problem::internal(text));
        }
        let ticket = Ticket {
            user: Stored::from(identity),
            from: identity.origin().or(identity.scheme()).map(str::to_owned),
            path: path.to_owned(),
            id: Uuid::new_v4(),
            at: millis(SystemTime::now()),
            until: identity.expires_at().map(seconds),
        };
        let text = self.seal().seal(&ticket)?;
        if text.len() > MAX_BYTES {
            let has = text.len();
            return Err(Problem::internal(format!(
                "a ticket of {has} bytes is too large for a URL, whose limit is {MAX_BYTES}; keep \
                 claims in a store"
            )));
        }
        Ok(text)
    }

    fn seal(&self) -> Seal<'_> {
        Seal::new(&self.keys, KIND, &self.name)
    }

    /// Returns the identity in the request's ticket, or `None` if the ticket is absent or not valid
    /// for this request.
    fn open(&self, request: &request::Parts) -> Option<Identity> {
        let ticket: Ticket = self.seal().open(QueryToken::of(request)?)?;
        let is_get = matches!(request.method, Method::GET | Method::HEAD);
        if !is_get || ticket.path != request.uri.path() {
            return None;
        }
        // The clock of the issuing process may be slightly ahead.
        let age = Duration::from_millis(millis(SystemTime::now()).saturating_sub(ticket.at));
        if age >= self.longest {
            return None;
        }
        let user = ticket.user.into_identity()?;
        let user = ticket.until.and_then(time).into_iter().fold(user, Identity::with_expiry);
        let user = ticket.from.into_iter().fold(user, Identity::derived_from);
        match &self.uses {
            Some(all) => {
                let in_use = all.enter(ticket.id, age < self.first_use)?;
                Some(user.holding(Arc::new(in_use)))
            }
            None => Some(user),
        }
    }
}

#[async_trait]
impl AuthenticationScheme for Tickets {
    fn name(&self) -> &str {
        &self.name
    }

    fn challenge(&self, _: &request::Parts) -> HeaderValue {
        HeaderValue::from_static("Ticket")
    }

    fn config_errors(&self) -> Vec<String> {
        self.keys.errors()
    }

    fn carriers(&self) -> Vec<Carrier> {
        vec![Carrier::Query]
    }

    async fn authenticate(&self, request: &request::Parts) -> Result<Option<Identity>, Problem> {
        Ok(self.open(request))
    }

    /// Returns the token in the query, even if the ticket has expired, or `None` if the token is
    /// not a ticket with a valid signature.
    fn credentials<'r>(&self, request: &'r request::Parts) -> Option<&'r [u8]> {
        let text = QueryToken::of(request)?;
        self.seal().open::<Ticket>(text).map(|_| text.as_bytes())
    }

    fn is_signed(&self) -> bool {
        true
    }
}

fn millis(time: SystemTime) -> u64 {
    let since = time.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since.as_millis()).unwrap_or(u64::MAX)
}

impl fmt::Debug for Tickets {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Tickets").field("name", &self.name).finish_non_exhaustive()
    }
}
