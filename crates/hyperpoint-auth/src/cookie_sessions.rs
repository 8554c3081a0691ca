//! Authentication of users by a session in a signed cookie.

use std::fmt;
use std::time::{Duration, SystemTime};

use async_trait::async_trait;
use http::{HeaderValue, request};

use super::check::Check;
use super::cross_origin::{errors_of_origins, refuse_cross_origin};
use super::seal::Seal;
use super::session::{OpenSession, Session};
use super::session_cookie::{SameSite, SessionCookie};
use super::signing_keys::SigningKeys;
use super::stored::{Stored, seconds, time};
use hyperpoint_core::cookies::cookie;
use hyperpoint_core::identity::{AuthenticationScheme, Carrier, Identity, StillHolds};
use hyperpoint_core::problem::Problem;

/// The kind that [`Seal`] uses for sessions.
const KIND: &str = "session";
/// The default maximum age of a session.
const MAX_AGE: Duration = Duration::from_hours(12);

/// Authenticates users by a session in a signed cookie, which browsers also send with the requests
/// of an `EventSource`. The scheme's name is `session`.
///
/// By default, the cookie is `HttpOnly`, `Secure` and `SameSite=Lax`, and its name has the prefix
/// `__Host-`. An unsafe request with a session that may come from a page of another origin is
/// refused with a 403. A sign-in by an unsafe request of another origin is also refused.
///
/// The cookie contains the identity itself. It is signed but not encrypted: the user can read it,
/// and cannot change it. A session is valid only for the scheme with the [name](Self::named) under
/// which it was started, even if other schemes have the same keys. Sessions are not stored on the
/// server; to end them early, see [`check`](Self::check).
///
/// # Examples
///
/// ```
/// use std::sync::Arc;
///
/// use hyperpoint::http::header::SET_COOKIE;
/// use hyperpoint::schemes::{CookieSessions, SigningKeys};
/// use hyperpoint::{Cx, Endpoint, Host, Identity, Result};
///
/// // Registered twice: as a scheme, and as a service for the endpoints that sign in and out.
/// let sessions = Arc::new(CookieSessions::new(SigningKeys::random()));
/// let host = Host::new().service(Arc::clone(&sessions)).authentication(sessions);
///
/// async fn sign_in<E>(sessions: &CookieSessions, cx: Cx<'_, E>) -> Result
/// where
///     E: Endpoint<Response = ()>,
/// {
///     let cookie = sessions.sign_in(cx.request, &Identity::user("ann"))?;
///     cx.send.header(SET_COOKIE, cookie).no_content_async().await
/// }
/// # let _ = host;
/// ```
pub struct CookieSessions {
    name: String,
    keys: SigningKeys,
    cookie: SessionCookie,
    max_age: Duration,
    /// The maximum time from the sign-in to the end of a session, or `None` if sessions are not
    /// renewed.
    sliding: Option<Duration>,
    trusted: Vec<String>,
    check: Check,
}

impl CookieSessions {
    /// Creates a scheme whose sessions are signed with these keys.
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

    /// Sets the name by which endpoints require the scheme. Default: `session`.
    #[must_use]
    pub fn named(mut self, name: impl Into<String>) -> Self {
        self.name = name.into();
        self
    }

    /// Sets how long a session lasts. Default: 12 hours. A session ends earlier if its identity
    /// expires earlier.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::time::Duration;
    ///
    /// use hyperpoint::schemes::{CookieSessions, SameSite, SigningKeys};
    ///
    /// const HOUR: Duration = Duration::from_secs(3600);
    ///
    /// let sessions = CookieSessions::new(SigningKeys::random())
    ///     .max_age(HOUR)
    ///     .sliding(24 * HOUR)
    ///     .same_site(SameSite::Strict);
    /// # let _ = sessions;
    /// ```
    #[must_use]
    pub fn max_age(mut self, age: Duration) -> Self {
        self.max_age = age;
        self
    }

    /// Enables renewal: a request renews a session of which less than half of the [maximum
    /// age](Self::max_age) is left. A session ends no later than `at_most` after the sign-in.
    /// Default: sessions are not renewed.
    #[must_use]
    pub fn sliding(mut self, at_most: Duration) -> Self {
        self.sliding = Some(at_most);
        self
    }

    /// Sets the name of the cookie. Default: `__Host-session`, or `session` if the cookie is not
    /// `Secure` or has a domain, which the prefix `__Host-` does not allow.
    ///
    /// # Examples
    ///
    /// ```
    /// use hyperpoint::schemes::{CookieSessions, SigningKeys};
    ///
    /// let sessions = CookieSessions::new(SigningKeys::random())
    ///     .cookie_name("shop-session")
    ///     .domain("shop.example");
    /// # let _ = sessions;
    /// ```
    #[must_use]
    pub fn cookie_name(mut self, name: impl Into<String>) -> Self {
        self.cookie.name = Some(name.into());
        self
    }

    /// Makes browsers send the cookie to all hosts of this domain. Default: only to the host that
    /// set it.
    #[must_use]
    pub fn domain(mut self, domain: impl Into<String>) -> Self {
        self.cookie.domain = Some(domain.into());
        self
    }

    /// Sets when browsers send the cookie with requests that another site initiated. Default:
    /// `Lax`.
    #[must_use]
    pub fn same_site(mut self, same_site: SameSite) -> Self {
        self.cookie.same_site = same_site;
        self
    }

    /// Omits `Secure`, so that the cookie is also sent over plain HTTP. Browsers accept secure
    /// cookies from `http://localhost`; call this method only for other hosts without TLS, in
    /// development.
    ///
    /// # Examples
    ///
    /// ```
    /// use hyperpoint::schemes::{CookieSessions, SigningKeys};
    ///
    /// let mut sessions = CookieSessions::new(SigningKeys::random());
    /// if cfg!(debug_assertions) {
    ///     sessions = sessions.allow_http();
    /// }
    /// # let _ = sessions;
    /// ```
    #[must_use]
    pub fn allow_http(mut self) -> Self {
        self.cookie.is_secure = false;
        self
    }

    /// Accepts unsafe requests from pages of these origins. Each origin, such as
    /// `https://app.example`, is compared byte for byte with the `Origin` header. Default: only the
    /// host's own origin is accepted.
    ///
    /// # Examples
    ///
    /// ```
    /// use hyperpoint::schemes::{CookieSessions, SigningKeys};
    ///
    /// let sessions = CookieSessions::new(SigningKeys::random())
    ///     .trust_origins(["https://app.example"]);
    /// # let _ = sessions;
    /// ```
    #[must_use]
    pub fn trust_origins<'o>(mut self, origins: impl IntoIterator<Item = &'o str>) -> Self {
        self.trusted.extend(origins.into_iter().map(str::to_owned));
        self
    }

    /// Sets a function that returns whether a session is still valid, for users who were locked out
    /// or who signed out everywhere. Each session has a unique claim `sid`. Default: every session
    /// is valid until its end.
    ///
    /// The function is called for each request with a valid session, or with a ticket that was
    /// issued for an identity of this scheme, and while a response is streamed, at the interval of
    /// the host's option `revocation_check`. See
    /// [`still_holds`](AuthenticationScheme::still_holds).
    ///
    /// # Examples
    ///
    /// ```
    /// use hyperpoint::schemes::{CookieSessions, SigningKeys};
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

    /// Returns the `Set-Cookie` value that starts a session for this identity, to be sent in the
    /// response to this request. The host prevents shared caches from storing a response with a
    /// cookie.
    ///
    /// # Errors
    ///
    /// Returns a 403 problem if the request is unsafe and may come from a page of another origin,
    /// which could sign a visitor in to another account. Returns a 500 problem for an anonymous
    /// identity, and for an identity that is too large for a cookie.
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

    /// Returns the `Set-Cookie` value that deletes the session cookie in the browser. A copy of the
    /// cookie remains valid until its end; see [`check`](Self::check).
    ///
    /// # Examples
    ///
    /// ```
    /// # use hyperpoint::{Cx, Endpoint, Result};
    /// use hyperpoint::http::header::SET_COOKIE;
    /// use hyperpoint::schemes::CookieSessions;
    ///
    /// async fn sign_out<E>(sessions: &CookieSessions, cx: Cx<'_, E>) -> Result
    /// where
    ///     E: Endpoint<Response = ()>,
    /// {
    ///     cx.send.header(SET_COOKIE, sessions.sign_out()).no_content_async().await
    /// }
    /// ```
    #[must_use]
    pub fn sign_out(&self) -> HeaderValue {
        self.cookie.removed()
    }

    fn seal(&self) -> Seal<'_> {
        Seal::new(&self.keys, KIND, &self.name)
    }

    /// Returns the `Set-Cookie` value of a session, and the time at which the session ends. `born`
    /// is the time of the sign-in.
    fn begin(
        &self,
        identity: &Identity,
        born: SystemTime,
        now: SystemTime,
    ) -> Result<(HeaderValue, SystemTime), Problem> {
        if !identity.is_authenticated() {
            return Err(Problem::internal(
                "cannot sign in an anonymous identity; pass an `Identity::user`",
            ));
        }
        let end = self.end(identity, born, now);
        let (born, exp, until) = (seconds(born), seconds(end), identity.expires_at().map(seconds));
        let session = Session { user: Stored::from(identity), born, exp, until };
        let value = self.seal().seal(&session)?;
        let left = end.duration_since(now).unwrap_or_default();
        Ok((self.cookie.set(&value, left)?, end))
    }

    /// Returns the time at which a session that is written `now` ends.
    fn end(&self, identity: &Identity, born: SystemTime, now: SystemTime) -> SystemTime {
        let limit = self.sliding.and_then(|age| born.checked_add(age));
        let ends = [now.checked_add(self.max_age), limit, identity.expires_at()];
        ends.into_iter().flatten().min().unwrap_or(now)
    }

    /// Returns the session of a cookie value, or `None` if the value is invalid or the session has
    /// ended.
    fn open(&self, text: &str) -> Option<OpenSession> {
        let Session { user, born, exp, until } = self.seal().open(text)?;
        let (born, end) = (time(born)?, time(exp)?);
        let left = end.duration_since(SystemTime::now()).ok()?;
        let user = user.into_identity()?;
        let user = until.and_then(time).into_iter().fold(user, Identity::with_expiry);
        Some(OpenSession { user, born, end, left })
    }

    /// Returns the identity of a session. The identity includes a renewed cookie if renewal is
    /// enabled, less than half of the maximum age is left, and the renewed session ends later,
    /// unless the cookie cannot be created.
    fn renewed(&self, OpenSession { user, born, end, left }: OpenSession) -> Identity {
        let now = SystemTime::now();
        let is_due = self.sliding.is_some() && left < self.max_age / 2;
        if is_due
            && seconds(self.end(&user, born, now)) > seconds(end)
            && let Ok((cookie, end)) = self.begin(&user, born, now)
        {
            return user.with_expiry(end).with_renewal(cookie);
        }
        user.with_expiry(end)
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

    fn config_errors(&self) -> Vec<String> {
        let errors = self.keys.errors().into_iter().chain(self.cookie.errors());
        errors.chain(errors_of_origins(&self.trusted)).collect()
    }

    fn carriers(&self) -> Vec<Carrier> {
        vec![Carrier::Cookie(self.cookie.name().to_owned())]
    }

    async fn authenticate(&self, request: &request::Parts) -> Result<Option<Identity>, Problem> {
        let text = cookie(request, self.cookie.name());
        let Some(session) = text.and_then(|text| self.open(text)) else {
            return Ok(None);
        };
        refuse_cross_origin(request, &self.trusted)?;
        let admitted = self.check.admit(session.user.clone()).await?;
        Ok(admitted.map(|_| self.renewed(session)))
    }

    fn still_holds<'a>(&'a self, identity: &'a Identity) -> Option<StillHolds<'a>> {
        self.check.ask(identity)
    }

    /// Returns the value of the cookie, even if the session has expired, or `None` if the cookie is
    /// absent or its signature is invalid.
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

#[cfg(test)]
mod tests {
    use super::*;

    const HOUR: Duration = Duration::from_hours(1);

    #[test]
    fn a_session_is_renewed_only_if_it_then_ends_later() {
        let sessions = CookieSessions::new(SigningKeys::random()).max_age(HOUR).sliding(HOUR * 10);
        // The time of the sign-in, in whole seconds, as in a cookie.
        let signed_in = |ago| time(seconds(SystemTime::now() - ago)).unwrap();
        let is_renewed = |born: SystemTime, end: SystemTime| {
            let left = end.duration_since(SystemTime::now()).unwrap();
            let session = OpenSession { user: Identity::user("ann"), born, end, left };
            sessions.renewed(session).renewal().is_some()
        };
        let born = signed_in(HOUR * 2);
        assert!(is_renewed(born, born + HOUR * 9 / 4));
        // The end of the session is already the limit.
        let born = signed_in(HOUR * 39 / 4);
        assert!(!is_renewed(born, born + HOUR * 10));
        assert!(is_renewed(born, born + HOUR * 79 / 8));
    }
}
