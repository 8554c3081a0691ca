//! The limit on failed authentication where a host has several schemes: credentials of one are no
//! cover for guesses at another, and no failed attempt at it.

use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::time::Duration;

use http::header::AUTHORIZATION;
use http::{HeaderName, HeaderValue, Request, request};
use hyperpoint::prelude::*;
use hyperpoint::schemes::{ApiKeys, CookieSessions, Jwt, JwtIssuer, JwtKey, SigningKeys, Tickets};
use hyperpoint::{Application, AuthenticationScheme, Identity, async_trait};

use super::failed_authentications::{BURST, EACH, HERE, from, guess, host, status};

/// Sends a wrong key beside this header until the key is no longer looked up.
async fn guesses_beside(app: &Application, header: (&str, &str), lookups: &AtomicUsize) -> usize {
    for index in 0..50 {
        let request = from(HERE, "/closed").header(header.0, header.1);
        let request = request.header("x-api-key", format!("guess-{index}"));
        assert_eq!(status(app, request).await, 200, "the other credentials hold");
    }
    lookups.load(SeqCst)
}

#[tokio::test(start_paused = true)]
async fn a_user_has_no_more_guesses_at_the_keys_of_others_than_a_stranger() {
    let secret = [7; 32];
    let sessions = CookieSessions::new(SigningKeys::new(secret));
    let (request, ()) = Request::post("/").body(()).unwrap().into_parts();
    let cookie = sessions.sign_in(&request, &Identity::user("eve")).unwrap();
    let cookie = cookie.to_str().unwrap().split(';').next().unwrap().to_owned();
    let token = JwtIssuer::secret(secret).issue(&Identity::user("eve")).unwrap();
    let own = ApiKeys::new().named("own").header(HeaderName::from_static("x-own"));
    let own =
        own.look_up(|key| async move { Ok((key == "of-eve").then(|| Identity::user("eve"))) });
    let lookups = Arc::<AtomicUsize>::default();
    let jwt = Jwt::new(JwtKey::secret(secret)).accept_any_issuer().accept_any_audience();
    let app = host(&lookups).authentication(sessions).authentication(jwt).authentication(own);
    let app = app.build().unwrap();

    let token = format!("Bearer {token}");
    for header in [("cookie", cookie.as_str()), ("authorization", &token), ("x-own", "of-eve")] {
        assert_eq!(guesses_beside(&app, header, &lookups).await, BURST, "{header:?}");
        lookups.store(0, SeqCst);
        tokio::time::advance(EACH * 20).await;
    }
    // Nor by a request that another scheme ends, as for a page of another origin.
    for index in 0..50 {
        let request = from(HERE, "/closed").method("POST").header("cookie", &cookie);
        let request = request.header("sec-fetch-site", "cross-site");
        let request = request.header("x-api-key", format!("guess-{index}"));
        assert_eq!(status(&app, request).await, 403);
    }
    assert_eq!(lookups.load(SeqCst), BURST);
}

/// Knows one user by the whole of `Authorization`, and counts how often it is asked.
struct Basic(Arc<AtomicUsize>);

#[async_trait]
impl AuthenticationScheme for Basic {
    fn challenge(&self, _: &request::Parts) -> HeaderValue {
        HeaderValue::from_static("Basic")
    }

    async fn authenticate(&self, request: &request::Parts) -> Result<Option<Identity>> {
        self.0.fetch_add(1, SeqCst);
        let header = request.headers.get(AUTHORIZATION);
        Ok(header.filter(|value| *value == "Basic bob").map(|_| Identity::user("bob")))
    }
}

/// Looks tokens up that begin with `Bearer k-`.
struct Stored;

#[async_trait]
impl AuthenticationScheme for Stored {
    fn challenge(&self, _: &request::Parts) -> HeaderValue {
        HeaderValue::from_static("Bearer")
    }

    async fn authenticate(&self, request: &request::Parts) -> Result<Option<Identity>> {
        let header = request.headers.get(AUTHORIZATION).and_then(|value| value.to_str().ok());
        Ok(header.and_then(|value| value.strip_prefix("Bearer k-")).map(Identity::user))
    }
}

#[tokio::test(start_paused = true)]
async fn credentials_of_one_scheme_are_no_failed_attempt_at_another_that_reads_the_same_header() {
    let secret = [7; 32];
    let jwt = Jwt::new(JwtKey::secret(secret)).accept_any_issuer().accept_any_audience();
    let token = JwtIssuer::secret(secret).issue(&Identity::user("ann")).unwrap();
    let asked = Arc::<AtomicUsize>::default();
    let host = host(&Arc::default()).authentication(Basic(Arc::clone(&asked)));
    let app = host.authentication(Stored).authentication(jwt).build().unwrap();
    let by = |text: &str| status(&app, from(HERE, "/closed").header(AUTHORIZATION, text));
    for text in [format!("Bearer {token}"), "Bearer k-ann".to_owned()] {
        for _ in 0..50 {
            assert_eq!(by(&text).await, 200);
        }
    }
    assert_eq!(asked.load(SeqCst), 100, "none of them counted");
    for index in 0..20 {
        let expected = if index < BURST { 401 } else { 429 };
        assert_eq!(by(&format!("Basic {index}")).await, expected);
    }
    // Who was accepted before stays signed in, by whichever scheme.
    for _ in 0..5 {
        assert_eq!(by("Bearer k-ann").await, 200);
        assert_eq!(by(&format!("Bearer {token}")).await, 200);
    }
}

#[tokio::test(start_paused = true)]
async fn signed_credentials_that_ended_do_not_count_though_keys_may_come_in_the_same_place() {
    let secret = [7; 32];
    let ann = Identity::user("ann");
    let tickets = || Tickets::new(SigningKeys::new(secret));
    let ticket = tickets().issue(&ann, "/stream").unwrap();
    let ended = ann.with_expiry(std::time::SystemTime::UNIX_EPOCH);
    let token = JwtIssuer::secret(secret).issue(&ended).unwrap();
    let jwt = Jwt::new(JwtKey::secret(secret)).accept_any_issuer().accept_any_audience();
    let lookups = Arc::<AtomicUsize>::default();
    // Keys may come in the query, and a scheme of one's own reads what tokens come in.
    let host = host(&lookups).authentication(Basic(Arc::default())).authentication(jwt);
    let host = host.authentication(tickets().for_several_processes(Duration::ZERO));
    let app = host.build().unwrap();
    let ended = async || {
        let by_ticket = status(&app, from(HERE, &format!("/stream?key={ticket}"))).await;
        let by_token = status(&app, from(HERE, &format!("/stream?key={token}"))).await;
        let bearer = from(HERE, "/closed").header(AUTHORIZATION, format!("Bearer {token}"));
        (by_ticket, by_token, status(&app, bearer).await)
    };
    for _ in 0..20 {
        assert_eq!(ended().await, (401, 401, 401));
    }
    assert_eq!(guess(&app, HERE).await, BURST);
    // A page whose ticket has ended learns that also while its network is over the limit, and makes
    // no look-ups.
    let before = lookups.load(SeqCst);
    assert_eq!(ended().await, (401, 401, 401));
    assert_eq!(lookups.load(SeqCst), before);
    // A ticket that nobody signed is a guess like any other.
    let forged = from(HERE, &format!("/stream?key={}x", &ticket[..ticket.len() - 1]));
    assert_eq!(status(&app, forged).await, 200, "it is asked to reconnect");
}
