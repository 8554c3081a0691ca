//! Users who are known by a session in a signed cookie.

use std::fmt;
use std::time::{Duration, SystemTime};

use async_trait::async_trait;
use http::{HeaderValue, request};
use serde::{Deserialize, Serialize};

use super::check::Check;
use super::cross_origin::{mistakes_of_origins, refuse_cross_origin};
use super::seal::Seal;
use super::session_cookie::{SameSite, SessionCookie};
use super::signing_keys::SigningKeys;
use super::stored::{Stored, seconds, time};
use crate::cookies::cookie;
use crate::identity::{AuthenticationScheme, Identity, StillHolds};
use crate::problem::Problem;

/// The kind of value that the cookie is.
const KIND: &str = "session";
const MAX_AGE: Duration = Duration::from_hours(12);

/// Knows users by a session in a signed cookie, which browsers send with an `EventSource` too. Its
/// name is `session`.
///
/// The cookie is `HttpOnly`, `Secure`, `SameSite=Lax`, and named with the prefix `__Host-`. A
/// request that changes something, carries a session and may come from a page of another origin is
/// refused with a 403. So is such a sign-in.
///
/// The identity is in the cookie itself: signed, so that nobody else can make or change one, and
/// not encrypted, so that its user can read it. A session holds for the scheme of its
/// [name](Self::named) alone, also where others have the same keys. There is no list of sessions: to
/// end them early, see [`check`](Self::check).
///
/// # Example
///
/// ```
/// use std::sync::Arc;
///
/// use http::header::SET_COOKIE;
/// use hyperpoint_core::schemes::{CookieSessions, SigningKeys};
/// use hyperpoint_core::{Cx, Endpoint, Identity, Result};
///
/// // Registered twice: as a scheme, and as a service for the endpoints that sign in and out.
/// let sessions = Arc::new(CookieSessions::new(SigningKeys::random()));
/// # /*
/// Host::new().service(Arc::clone(&sessions)).authentication(sessions);
/// # */
///
/// async fn sign_in<E>(sessions: &CookieSessions, cx: Cx<'_, E>) -> Result
/// where
///     E: Endpoint<Response = ()>,
/// {
///     let cookie = sessions.sign_in(cx.request, &Identity::user("ann"))?;
///     cx.send.header(SET_COOKIE, cookie).no_content_async().await
/// }
/// # let _ = sessions;
/// ```
pub struct CookieSessions {
    name: String,
    keys: SigningKeys,
    cookie: SessionCookie,
    max_age: Duration,
    /// How old a session may become by being renewed; none where it is not.
    sliding: Option<Duration>,
    trusted: Vec<String>,
    check: Check,
}

/// What the cookie holds.
#[derive(Serialize, Deserialize)]
struct Session {
    #[serde(flatten)]
    user: Stored,
    /// When the user signed in, in seconds since 1970.
    born: u64,
    /// When the session ends, in seconds since 1970.
    exp: u64,
    /// When the identity itself ends, which no renewal goes beyond.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    until: Option<u64>,
}

/// A session that holds.
struct Open {
    /// The user; it ends where the identity itself does.
    user: Identity,
    born: SystemTime,
    end: SystemTime,
    left: Duration,
}

impl CookieSessions {
    /// Sessions that are signed by these keys.
    #[must_use]
    pub fn new(keys: SigningKeys) -> Self {
        Self {
            name: "session".to_owned(),
            keys,
            cookie: SessionCookie::default(),
            max_age: MAX_AGE,
            sliding: None,
            trusted: Vec::new(),
            check: Check::default(),
        }
    }

    /// The name by which endpoints ask for the scheme. Default: `session`.
    #[must_use]
    pub fn named(mut self, name: impl Into<String>) -> Self {
        self.name = name.into();
        self
    }

    /// How long a session lasts. Default: 12 hours. An identity that ends earlier ends its session.
    #[must_use]
    pub fn max_age(mut self, age: Duration) -> Self {
        self.max_age = age;
        self
    }

    /// Renews a session that is used after half of its age, until this long after the sign-in.
    /// Default: it is not renewed.
    #[must_use]
    pub fn sliding(mut self, at_most: Duration) -> Self {
        self.sliding = Some(at_most);
        self
    }

    /// The name of the cookie. Default: `__Host-session`; without `Secure` or with a domain, which
    /// that prefix does not allow, `session`.
    #[must_use]
    pub fn cookie_name(mut self, name: impl Into<String>) -> Self {
        self.cookie.name = Some(name.into());
        self
    }

    /// Lets every host below this domain have the cookie. Default: the host that set it alone.
    #[must_use]
    pub fn domain(mut self, domain: impl Into<String>) -> Self {
        self.cookie.domain = Some(domain.into());
        self
    }

    /// When a browser sends the cookie with requests that another site caused. Default: `Lax`.
    #[must_use]
    pub fn same_site(mut self, same_site: SameSite) -> Self {
        self.cookie.same_site = same_site;
        self
    }

    /// Leaves out `Secure`, so that the cookie also goes over plain HTTP. Browsers take a secure
    /// one from `http://localhost`: this is for other hosts without TLS, in development.
    #[must_use]
    pub fn allow_http(mut self) -> Self {
        self.cookie.is_secure = false;
        self
    }

    /// Lets pages of these origins change things in their visitors' names. Byte for byte as a
    /// browser sends it: `https://app.example`. Default: the host's own origin alone.
    #[must_use]
    pub fn trust_origins<'o>(mut self, origins: impl IntoIterator<Item = &'o str>) -> Self {
        self.trusted.extend(origins.into_iter().map(str::to_owned));
        self
    }

    /// Asks whether a session still holds: for users who were locked out, or who signed out
    /// everywhere. Each session has its own claim `sid`. Default: every session holds until its end.
    ///
    /// The closure is asked at every request that comes with a session, or with a ticket that was
    /// issued to one, and while an answer is streamed to one, at the interval of the host's option
    /// `revocation_check`. See [`still_holds`](AuthenticationScheme::still_holds).
    ///
    /// # Example
    ///
    /// ```
    /// use hyperpoint_core::schemes::{CookieSessions, SigningKeys};
    ///
    /// # async fn is_shut_out(_: Option<&str>) -> std::io::Result<bool> { Ok(false) }
    /// let sessions = CookieSessions::new(SigningKeys::random())
    ///     .check(|user| async move { Ok(!is_shut_out(user.subject()).await?) });
    /// # let _ = sessions;
    /// ```
    #[must_use]
    pub fn check<F, Fut>(mut self, check: F) -> Self
    where
        F: Fn(Identity) -> Fut + Send + Sync + 'static,
        Fut: Future<Output = Result<bool, Problem>> + Send + 'static,
    {
        self.check = Check::new(check);
        self
    }

    /// The `Set-Cookie` that begins a session of this user, in answer to this request. The host
    /// keeps shared caches from storing an answer with it.
    ///
    /// # Errors
    ///
    /// 403 where a page of another origin may be behind the request: it would sign its visitor in
    /// as somebody else. A 500 for an anonymous identity, and for one that is too large for a
    /// cookie.
    pub fn sign_in(
        &self,
        request: &request::Parts,
        identity: &Identity,
    ) -> Result<HeaderValue, Problem> {
        refuse_cross_origin(request, &self.trusted)?;
        let now = SystemTime::now();
        let sid = uuid::Uuid::new_v4().to_string();
        self.begin(&identity.clone().with_claim("sid", sid), now, now).map(|(cookie, _)| cookie)
    }

    /// The `Set-Cookie` that ends the session in the browser. A copy of the cookie that somebody
    /// kept goes on to hold until its end; see [`check`](Self::check).
    #[must_use]
    pub fn sign_out(&self) -> HeaderValue {
        self.cookie.removed()
    }

    fn seal(&self) -> Seal<'_> {
        Seal::new(&self.keys, KIND, &self.name)
    }

    /// The cookie of a session, and when it ends.
    fn begin(
        &self,
        identity: &Identity,
        born: SystemTime,
        now: SystemTime,
    ) -> Result<(HeaderValue, SystemTime), Problem> {
        if !identity.is_authenticated() {
            return Err(Problem::internal("nobody can't sign in; give a user"));
        }
        let limit = self.sliding.and_then(|age| born.checked_add(age));
        let ends = [now.checked_add(self.max_age), limit, identity.expires_at()];
        let end = ends.into_iter().flatten().min().unwrap_or(now);
        let (born, exp, until) = (seconds(born), seconds(end), identity.expires_at().map(seconds));
        let session = Session { user: Stored::from(identity), born, exp, until };
        let value = self.seal().seal(&session)?;
        let left = end.duration_since(now).unwrap_or_default();
        Ok((self.cookie.set(&value, left)?, end))
    }

    /// The session of a cookie that holds.
    fn open(&self, text: &str) -> Option<Open> {
        let Session { user, born, exp, until } = self.seal().open(text)?;
        let (born, end) = (time(born)?, time(exp)?);
        let left = end.duration_since(SystemTime::now()).ok()?;
        let user = user.into_identity()?;
        let user = until.and_then(time).into_iter().fold(user, Identity::with_expiry);
        Some(Open { user, born, end, left })
    }

    /// The identity of a session, with a fresh cookie where half of it is over.
    fn renewed(&self, Open { user, born, end, left }: Open) -> Identity {
        let is_due = self.sliding.is_some() && left < self.max_age / 2;
        match is_due.then(|| self.begin(&user, born, SystemTime::now())) {
            Some(Ok((cookie, end))) => user.with_expiry(end).with_renewal(cookie),
            _ => user.with_expiry(end),
        }
    }
}

#[async_trait]
impl AuthenticationScheme for CookieSessions {
    fn name(&self) -> &str {
        &self.name
    }

    fn challenge(&self, _: &request::Parts) -> HeaderValue {
        HeaderValue::from_static("Cookie")
    }

    fn mistakes(&self) -> Vec<String> {
        let mistakes = self.keys.mistakes().into_iter().chain(self.cookie.mistakes());
        mistakes.chain(mistakes_of_origins(&self.trusted)).collect()
    }

    async fn authenticate(&self, request: &request::Parts) -> Result<Option<Identity>, Problem> {
        let text = cookie(request, self.cookie.name());
        let Some(session) = text.and_then(|text| self.open(text)) else {
            return Ok(None);
        };
        refuse_cross_origin(request, &self.trusted)?;
        let held = self.check.admit(session.user.clone()).await?;
        Ok(held.map(|_| self.renewed(session)))
    }

    fn still_holds<'a>(&'a self, identity: &'a Identity) -> Option<StillHolds<'a>> {
        self.check.ask(identity)
    }

    /// A session with a valid signature, whether or not it has expired.
    fn credentials<'r>(&self, request: &'r request::Parts) -> Option<&'r [u8]> {
        let text = cookie(request, self.cookie.name())?;
        self.seal().open::<Session>(text).map(|_| text.as_bytes())
    }

    fn is_signed(&self) -> bool {
        true
    }
}

impl fmt::Debug for CookieSessions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CookieSessions")
            .field("name", &self.name)
            .field("cookie", &self.cookie)
            .field("max_age", &self.max_age)
            .finish_non_exhaustive()
    }
}
