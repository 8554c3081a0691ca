//! Tickets by which a browser opens an event stream.

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
use crate::identity::{AuthenticationScheme, Identity, QueryToken};
use crate::problem::Problem;

/// The kind of value that a ticket is.
const KIND: &str = "ticket";
const FIRST_USE: Duration = Duration::from_secs(30);
const GRACE: Duration = Duration::from_mins(1);
/// How long a ticket may go on for an identity that does not end.
const LONGEST: Duration = Duration::from_hours(12);
/// What fits into a URL beside the rest, in bytes.
const MAX_BYTES: usize = 4096;

/// Short-lived tickets for event streams: a page asks an endpoint for one with the token that it
/// has, and opens the stream with the ticket in the query, since an `EventSource` can't set
/// headers. Its name is `ticket`.
///
/// A ticket holds for GET and HEAD of one path, and brings the identity with its roles and claims.
/// It has to be used within 30 seconds. An `EventSource` sends the same URL when it reconnects, so
/// it goes on to hold while a stream has it in use, and for 60 seconds after: the URL in a log of
/// yesterday opens nothing, and no tab is left dead. It ends with the identity for which it was
/// issued, and after 12 hours in any case.
///
/// A ticket is worth no more than what it was issued for. It names the scheme that established the
/// identity, and at each use the host asks that scheme whether the identity
/// [still holds](AuthenticationScheme::still_holds). A host without that scheme takes no such ticket,
/// and neither does an endpoint that names its schemes without that one.
///
/// Which tickets are in use is known to one process, and for its first 60 seconds a process takes
/// any that was signed, so that streams survive a restart. For several processes behind one
/// address, see [`for_several_processes`](Self::for_several_processes).
///
/// It is signed and not encrypted: who has it can read the identity's claims.
///
/// # Example
///
/// ```
/// use std::sync::Arc;
///
/// use hyperpoint_core::schemes::{SigningKeys, Tickets};
/// use hyperpoint_core::{Config, Cx, Endpoint, Result};
///
/// // Registered twice: as a scheme, and as a service for the endpoint that issues.
/// let tickets = Arc::new(Tickets::new(SigningKeys::random()));
/// # /*
/// Host::new().service(Arc::clone(&tickets)).authentication(tickets);
/// # */
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
/// # let _ = (tickets, configure_prices);
/// ```
pub struct Tickets {
    name: String,
    keys: SigningKeys,
    first_use: Duration,
    /// None where a ticket holds for a time of its own, in any process.
    uses: Option<Arc<TicketUses>>,
    longest: Duration,
}

/// What a ticket holds.
#[derive(Serialize, Deserialize)]
struct Ticket {
    #[serde(flatten)]
    user: Stored,
    /// The scheme that established the identity; none for an identity that a handler made.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    from: Option<String>,
    path: String,
    id: Uuid,
    /// When it was issued, in milliseconds since 1970.
    at: u64,
    /// When the identity ends, in seconds since 1970.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    until: Option<u64>,
}

impl Tickets {
    /// Tickets that are signed by these keys.
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

    /// The name by which endpoints ask for the scheme. Default: `ticket`.
    #[must_use]
    pub fn named(mut self, name: impl Into<String>) -> Self {
        self.name = name.into();
        self
    }

    /// The time in which a ticket has to be used first. Default: 30 s.
    #[must_use]
    pub fn first_use(mut self, within: Duration) -> Self {
        self.first_use = within;
        self
    }

    /// How long after the end of its stream a client may come back with the same ticket. Longer
    /// than the `retry` of the stream. Default: 60 s.
    #[must_use]
    pub fn grace(mut self, after: Duration) -> Self {
        self.uses = Some(Arc::new(TicketUses::new(after)));
        self
    }

    /// Keeps nothing in memory: a ticket holds for this long after it was issued, in every process
    /// that has the keys, and a URL that leaks holds for as long. It should be no longer than pages
    /// need; a page whose stream is refused asks for a new ticket.
    #[must_use]
    pub fn for_several_processes(mut self, holds: Duration) -> Self {
        self.uses = None;
        self.longest = holds;
        self
    }

    /// A ticket for this user to open the stream at this path, which is the route with its
    /// parameters filled in, as the client writes it.
    ///
    /// # Errors
    ///
    /// A 500 for an anonymous identity, for a path that does not begin with `/` or has a query, and
    /// for an identity that is too large for a URL.
    pub fn issue(&self, identity: &Identity, path: &str) -> Result<String, Problem> {
        if !identity.is_authenticated() {
            return Err(Problem::internal("a ticket is for a user; let none but users ask for it"));
        }
        if !path.starts_with('/') || path.contains('?') {
            let text = "a ticket is for a path, such as `/prices`, without a query";
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
                "a ticket of {has} bytes is too large for a URL, where {MAX_BYTES} are let through"
            )));
        }
        Ok(text)
    }

    fn seal(&self) -> Seal<'_> {
        Seal::new(&self.keys, KIND, &self.name)
    }

    /// The user of a ticket that holds for this request.
    fn open(&self, request: &request::Parts) -> Option<Identity> {
        let ticket: Ticket = self.seal().open(QueryToken::of(request)?)?;
        let is_get = matches!(request.method, Method::GET | Method::HEAD);
        if !is_get || ticket.path != request.uri.path() {
            return None;
        }
        // The clock of the process that issued it may be a little ahead.
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

    fn mistakes(&self) -> Vec<String> {
        self.keys.mistakes()
    }

    async fn authenticate(&self, request: &request::Parts) -> Result<Option<Identity>, Problem> {
        Ok(self.open(request))
    }

    /// A ticket with a valid signature, whether or not it has expired.
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
