//! The limit on failed authentication where schemes, credentials and requests come together: none of
//! them hides a guess, and none locks out a user.

use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::time::Duration;

use http::header::{AUTHORIZATION, COOKIE};
use http::{HeaderValue, Request, request};
use hyperpoint::prelude::*;
use hyperpoint::schemes::{CookieSessions, Jwt, JwtIssuer, JwtKey, SigningKeys};
use hyperpoint::{AuthenticationScheme, Identity, async_trait};

use super::failed_authentications::{BURST, EACH, HERE, from, guess, host, status, store};
use crate::http::endpoint;

endpoint! {
    Whoami: () => ();
    |config| { config.get("/whoami"); }
    |(), cx| { cx.send.no_content_async().await }
}

endpoint! {
    Change: () => ();
    |config| { config.post("/change"); }
    |(), cx| { cx.send.no_content_async().await }
}

/// Looks up credentials for 100 ms, and knows none.
struct Slow(Arc<AtomicUsize>);

#[async_trait]
impl AuthenticationScheme for Slow {
    fn challenge(&self, _: &request::Parts) -> HeaderValue {
        HeaderValue::from_static("Basic")
    }

    async fn authenticate(&self, request: &request::Parts) -> Result<Option<Identity>> {
        if request.headers.contains_key(AUTHORIZATION) {
            self.0.fetch_add(1, SeqCst);
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        Ok(None)
    }
}

/// Knows programs by `Authorization: Key …`, of a store of its own: `Key k-ann` is Ann's.
struct KeyInAuthorization;

#[async_trait]
impl AuthenticationScheme for KeyInAuthorization {
    fn challenge(&self, _: &request::Parts) -> HeaderValue {
        HeaderValue::from_static("Key")
    }

    async fn authenticate(&self, request: &request::Parts) -> Result<Option<Identity>> {
        let value = request.headers.get(AUTHORIZATION).and_then(|value| value.to_str().ok());
        Ok(value.and_then(|value| value.strip_prefix("Key k-")).map(Identity::user))
    }
}

#[tokio::test(start_paused = true)]
async fn a_user_whom_an_earlier_scheme_does_not_know_stays_signed_in_over_the_limit() {
    let lookups = Arc::default();
    let keys = store(&lookups).named("others").header(AUTHORIZATION);
    let host = Host::empty().endpoint::<Whoami>().authentication(keys);
    let app = host.authentication(KeyInAuthorization).build().unwrap();
    let ask =
        async |value: &str| status(&app, from(HERE, "/whoami").header(AUTHORIZATION, value)).await;
    assert_eq!(ask("Key k-ann").await, 204);
    while ask("Key guess").await == 401 {}
    for _ in 0..3 {
        assert_eq!(ask("Key k-ann").await, 204);
        assert_eq!(ask("Key guess").await, 429);
    }
}

#[tokio::test(start_paused = true)]
async fn a_guess_beside_credentials_of_ones_own_counts() {
    let lookups = Arc::default();
    let secret = [7; 32];
    let jwt = Jwt::new(JwtKey::secret(secret)).accept_any_issuer().accept_any_audience();
    let host = host(&lookups).authentication(KeyInAuthorization).authentication(jwt);
    let app = host.build().unwrap();
    let token = JwtIssuer::secret(secret).issue(&Identity::user("mallory")).unwrap();
    for own in [format!("Bearer {token}"), "Key k-mallory".to_owned()] {
        lookups.store(0, SeqCst);
        for index in 0..50 {
            let request = from(HERE, "/closed").header("x-api-key", format!("guess-{index}"));
            // Her own credentials hold all the time.
            assert_eq!(status(&app, request.header(AUTHORIZATION, &own)).await, 200);
        }
        assert_eq!(lookups.load(SeqCst), BURST, "{own}");
        tokio::time::advance(EACH * 100).await;
    }
    // A token that another scheme looks for in its place is no guess.
    for _ in 0..50 {
        let request = from(HERE, "/closed").header(AUTHORIZATION, format!("Bearer {token}"));
        assert_eq!(status(&app, request).await, 200);
    }
    assert_eq!(guess(&app, HERE).await, BURST);
}

#[tokio::test(start_paused = true)]
async fn a_guess_beside_a_session_that_is_refused_for_its_origin_counts() {
    let lookups = Arc::default();
    let sessions = Arc::new(CookieSessions::new(SigningKeys::new([7; 32])));
    let app = host(&lookups).endpoint::<Change>().authentication(Arc::clone(&sessions));
    let app = app.build().unwrap();
    let (request, ()) = Request::post("/").body(()).unwrap().into_parts();
    let cookie = sessions.sign_in(&request, &Identity::user("mallory")).unwrap();
    let cookie = cookie.to_str().unwrap().split(';').next().unwrap().to_owned();
    for index in 0..50 {
        let request = from(HERE, "/change").method("POST").header(COOKIE, &cookie);
        let request = request.header("sec-fetch-site", "cross-site");
        let request = request.header("x-api-key", format!("guess-{index}"));
        assert_eq!(status(&app, request).await, 403);
    }
    assert_eq!(lookups.load(SeqCst), BURST);
}

#[tokio::test(start_paused = true)]
async fn guesses_that_come_at_once_count_all_the_same() {
    let lookups = Arc::default();
    let app = host(&lookups).authentication(Slow(Arc::clone(&lookups))).build().unwrap();
    let wave = || {
        let guesses = (0..100).map(|index| {
            status(&app, from(HERE, "/closed").header(AUTHORIZATION, format!("Basic {index}")))
        });
        futures_util::future::join_all(guesses)
    };
    wave().await;
    let first = lookups.load(SeqCst);
    // As many as that take as long to come back as they would have one after another.
    tokio::time::advance(EACH * u32::try_from(BURST).unwrap()).await;
    wave().await;
    let both = lookups.load(SeqCst);
    assert!(both - first <= BURST.saturating_sub(first - BURST), "{first}, {both}");
}

#[tokio::test(start_paused = true)]
async fn a_token_is_no_guess_at_a_bearer_key_and_a_guess_is() {
    let lookups = Arc::default();
    let keys = store(&lookups).bearer().named("bearer keys");
    let jwt = Jwt::new(JwtKey::secret([7; 32])).accept_any_issuer().accept_any_audience();
    let host = Host::empty().endpoint::<Whoami>().authentication(keys).authentication(jwt);
    let app = host.build().unwrap();
    let ask = async |token: &str| {
        let value = format!("Bearer {token}");
        status(&app, from(HERE, "/whoami").header(AUTHORIZATION, value)).await
    };
    let token = JwtIssuer::secret([7; 32]).issue(&Identity::user("ann")).unwrap();
    let of_another = JwtIssuer::secret([8; 32]).issue(&Identity::user("ann")).unwrap();
    for _ in 0..50 {
        assert_eq!(ask(&token).await, 204);
        assert_eq!(ask(&of_another).await, 401);
    }
    let mut guesses = 0;
    while ask(&format!("guess-{guesses}")).await == 401 {
        guesses += 1;
    }
    assert_eq!(guesses, BURST);
    assert_eq!(ask(&token).await, 204);
}
