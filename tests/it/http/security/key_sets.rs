//! Key sets of an identity provider for bearer tokens: when they are fetched, which requests wait,
//! and which keys are used.

use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering::SeqCst};
use std::time::Duration;

use http::Request;
use hyperpoint::prelude::*;
use hyperpoint::schemes::{Jwt, JwtAlgorithm, JwtIssuer, JwtKey};
use hyperpoint::{Application, Identity};
use serde_json::{Value, json};
use tokio::time::{Instant, advance, timeout};

use super::jwt::token;
use super::jwt::{ISSUER, ann, app, bearer, issuer, key_set, signed_by, strict};
use crate::http::{ask, endpoint};

const SECOND: Duration = Duration::from_secs(1);
const MINUTE: Duration = Duration::from_mins(1);

/// A key source: its answer, whether it hangs, and how often it was fetched.
#[derive(Default)]
struct Source {
    answer: Mutex<Option<String>>,
    hangs: AtomicBool,
    panics: AtomicBool,
    asked: AtomicUsize,
}

impl Source {
    fn app(self: &Arc<Self>) -> Application {
        let source = Arc::clone(self);
        let jwt = Jwt::key_source([JwtAlgorithm::Es256], move || {
            let source = Arc::clone(&source);
            async move {
                source.asked.fetch_add(1, SeqCst);
                assert!(!source.panics.load(SeqCst), "the source panics");
                if source.hangs.load(SeqCst) {
                    std::future::pending::<()>().await;
                }
                let answer = source.answer.lock().unwrap().clone();
                Ok(answer.ok_or("the provider is away")?)
            }
        });
        app(jwt.issuer(ISSUER).audience("orders"))
    }

    fn says(&self, numbers: &[u8]) {
        *self.answer.lock().unwrap() = Some(key_set(numbers));
    }

    fn asked(&self) -> usize {
        self.asked.load(SeqCst)
    }
}

/// Sends a request with this token and returns its status and its duration.
async fn status(app: &Application, token: &str) -> (u16, Duration) {
    let since = Instant::now();
    let answer = bearer(app, token).await;
    (answer.split(' ').next().unwrap().parse().unwrap(), since.elapsed())
}

#[tokio::test(start_paused = true)]
async fn clients_that_disconnect_cause_one_fetch_a_minute() {
    let source = Arc::new(Source::default());
    source.says(&[1]);
    source.hangs.store(true, SeqCst);
    let (app, since) = (source.app(), Instant::now());
    while since.elapsed() < 3 * MINUTE {
        let gone = timeout(Duration::from_millis(50), bearer(&app, &signed_by(2))).await;
        drop(gone);
        advance(SECOND).await;
    }
    assert!((3..=4).contains(&source.asked()), "{}", source.asked());
}

#[tokio::test(start_paused = true)]
async fn a_fetch_continues_after_its_client_disconnects() {
    let source = Arc::new(Source::default());
    source.says(&[1]);
    let app = source.app();
    // Polled once, then dropped.
    assert!(timeout(Duration::ZERO, bearer(&app, &signed_by(1))).await.is_err());
    advance(SECOND).await;
    assert_eq!(status(&app, &signed_by(1)).await, (200, Duration::ZERO));
    assert_eq!(source.asked(), 1);
}

#[tokio::test(start_paused = true)]
async fn requests_share_one_fetch() {
    let source = Arc::new(Source::default());
    source.says(&[1]);
    let app = source.app();
    let asks = (0..100).map(|_| async { status(&app, &signed_by(1)).await.0 });
    assert_eq!(futures_util::future::join_all(asks).await, [200; 100]);
    assert_eq!(source.asked(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_token_with_a_known_key_does_not_wait_for_a_provider_that_hangs() {
    let source = Arc::new(Source::default());
    source.says(&[1]);
    let app = source.app();
    assert_eq!(status(&app, &signed_by(1)).await.0, 200);
    source.hangs.store(true, SeqCst);
    advance(MINUTE).await;
    let (known, unknown) = (signed_by(1), signed_by(2));
    let both = async { tokio::join!(status(&app, &unknown), status(&app, &known)) };
    let ((unknown, waited), known) = both.await;
    assert_eq!(known, (200, Duration::ZERO));
    assert_eq!(unknown, 401);
    assert!((9 * SECOND..=11 * SECOND).contains(&waited), "{waited:?}");
    // The set expires while the provider still hangs.
    for _ in 0..120 {
        advance(MINUTE).await;
        assert_eq!(status(&app, &signed_by(1)).await, (200, Duration::ZERO));
    }
}

#[tokio::test(start_paused = true)]
async fn a_token_with_an_unknown_key_waits_only_for_the_fetch_in_progress() {
    let source = Arc::new(Source::default());
    source.hangs.store(true, SeqCst);
    let app = source.app();
    let (first, waited) = status(&app, &signed_by(1)).await;
    assert_eq!(first, 503);
    assert!(waited <= 11 * SECOND, "{waited:?}");
    assert_eq!(status(&app, &signed_by(1)).await, (503, Duration::ZERO));
    assert_eq!(source.asked(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_source_that_fails_or_panics_is_fetched_once_a_minute() {
    let source = Arc::new(Source::default());
    let app = source.app();
    assert_eq!(status(&app, &signed_by(1)).await.0, 503);
    source.panics.store(true, SeqCst);
    for minute in 1..=5 {
        for _ in 0..60 {
            advance(SECOND).await;
            assert_eq!(status(&app, &signed_by(1)).await.0, 503);
        }
        assert!((minute..=minute + 1).contains(&source.asked()), "{}", source.asked());
    }
    source.panics.store(false, SeqCst);
    source.says(&[1]);
    advance(MINUTE).await;
    assert_eq!(status(&app, &signed_by(1)).await.0, 200);
}

#[tokio::test(start_paused = true)]
async fn a_withdrawn_key_expires_with_the_age_of_its_set_without_any_request() {
    let source = Arc::new(Source::default());
    source.says(&[1]);
    let app = source.app();
    assert_eq!(status(&app, &signed_by(1)).await.0, 200);
    source.says(&[2]);
    tokio::time::sleep(61 * MINUTE).await;
    assert_eq!(source.asked(), 2);
    assert_eq!(status(&app, &signed_by(1)).await.0, 401);
    assert_eq!(status(&app, &signed_by(2)).await.0, 200);
}

#[tokio::test(start_paused = true)]
async fn dropping_a_scheme_drops_its_key_source() {
    let source = Arc::new(Source::default());
    source.says(&[1]);
    let app = source.app();
    assert_eq!(status(&app, &signed_by(1)).await.0, 200);
    drop(app);
    tokio::time::sleep(600 * MINUTE).await;
    assert_eq!(source.asked(), 1);
}

/// A key set with these entries before and after a valid key, whose `kid` is 1.
fn odd_set(odd: &Value) -> String {
    let mut set: Value = serde_json::from_str(&key_set(&[1])).unwrap();
    let keys = set["keys"].as_array_mut().unwrap();
    keys.insert(0, odd.clone());
    keys.push(odd.clone());
    set.to_string()
}

#[tokio::test(start_paused = true)]
async fn a_key_set_with_an_invalid_entry_verifies_with_the_others() {
    let modulus = "A".repeat(171); // 1,024 bits at most.
    let sound = "_".repeat(341) + "w"; // 2,048 bits.
    for odd in [
        json!(7),
        json!("key"),
        json!({}),
        json!({"kty": "AKP", "alg": "ML-DSA-44", "kid": "1", "pub": "AA"}),
        json!({"kty": "RSA", "kid": "2", "e": "AQAB"}),
        json!({"kty": "RSA", "kid": "2", "e": "AQAB", "n": modulus}),
        json!({"kty": "RSA", "kid": "1", "use": "enc", "e": "AQAB", "n": modulus}),
        json!({"kty": "RSA", "kid": "1", "e": "AQAB", "n": sound}),
        json!({"kty": "EC", "crv": "P-521", "kid": "2", "x": "AA", "y": "AA"}),
        json!({"kty": "EC", "crv": "P-256", "kid": "1", "x": "AA", "y": "AA"}),
        json!({"kty": "EC", "crv": "P-256", "kid": "2", "alg": "ES256K", "x": "AA", "y": "AA"}),
        json!({"kty": "EC", "crv": "P-256", "kid": ["2"], "alg": 7}),
    ] {
        let set = odd_set(&odd);
        let given = Jwt::key_set([JwtAlgorithm::Es256, JwtAlgorithm::Rs256], &set).unwrap();
        let given = app(given.issuer(ISSUER).audience("orders"));
        assert_eq!(status(&given, &signed_by(1)).await.0, 200, "{odd}");
        let source = Arc::new(Source::default());
        *source.answer.lock().unwrap() = Some(set);
        assert_eq!(status(&source.app(), &signed_by(1)).await.0, 200, "{odd}");
    }
}

#[tokio::test]
async fn an_rsa_key_has_2048_bits_at_least() {
    let small = include_str!("keys/rsa1024-public.pem");
    let error = JwtKey::pem(JwtAlgorithm::Rs256, small).unwrap_err().to_string();
    assert!(error.contains("1024 bits") && error.contains("2048"), "{error}");
    let private = include_str!("keys/rsa1024-private.pem");
    assert!(JwtIssuer::pem(JwtAlgorithm::Rs256, private).is_err());

    let key = JwtKey::pem(JwtAlgorithm::Rs256, include_str!("keys/rsa2048-public.pem")).unwrap();
    let private = include_str!("keys/rsa2048-private.pem");
    let issuer = JwtIssuer::pem(JwtAlgorithm::Rs256, private).unwrap();
    let token = issuer.issuer(ISSUER).audience("orders").issue(&ann()).unwrap();
    let app = app(Jwt::new(key).issuer(ISSUER).audience("orders"));
    assert_eq!(status(&app, &token).await.0, 200);
}

#[test]
fn a_key_of_another_kind_than_its_algorithm_is_an_error() {
    let rsa = include_str!("keys/rsa2048-public.pem");
    assert!(JwtKey::pem(JwtAlgorithm::Es256, rsa).is_err());
    assert!(JwtKey::pem(JwtAlgorithm::EdDsa, rsa).is_err());
    let private = include_str!("keys/rsa2048-private.pem");
    assert!(JwtKey::pem(JwtAlgorithm::Rs256, private).is_err());
}

endpoint! {
    Open: () => ();
    |config| {
        config.get("/open");
        config.allow_anonymous();
    }
    |(), cx| { cx.send.string_async(cx.identity.subject().unwrap_or("nobody")).await }
}

#[tokio::test]
async fn a_token_with_an_empty_subject_is_invalid() {
    let app = Host::empty().endpoint::<Open>().authentication(strict()).build().unwrap();
    let open = async |token: String| {
        let request = Request::get("/open").header("authorization", format!("Bearer {token}"));
        ask(&app, request.body(String::new()).unwrap()).await
    };
    assert!(open(token(&json!({"sub": ""}))).await.ends_with("\nnobody"));
    assert!(open(token(&json!({"sub": "ann"}))).await.ends_with("\nann"));
    assert!(issuer().issue(&Identity::user("")).is_err());
}
