//! Bearer tokens: validity, keys, and how invalid tokens are reported.

use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::time::{Duration, SystemTime};

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as BASE64;
use http::{Request, StatusCode};
use hyperpoint::prelude::*;
use hyperpoint::schemes::{Jwt, JwtAlgorithm, JwtIssuer, JwtKey};
use hyperpoint::{Application, Identity};
use insta::assert_snapshot;
use jsonwebtoken::{Algorithm, EncodingKey, Header, encode};
use p256::pkcs8::{EncodePrivateKey, EncodePublicKey, LineEnding};
use serde_json::{Value, json};
use tokio::time::advance;

use crate::http::{ask, endpoint};

const SECRET: [u8; 32] = [7; 32];
pub(super) const ISSUER: &str = "https://id.example";
const MINUTE: Duration = Duration::from_mins(1);

endpoint! {
    Orders: () => ();
    |config| {
        config.get("/orders");
        config.post("/orders");
        config.scopes(["orders:read"]);
        config.allow_query_token("access_token");
    }
    |(), cx| {
        let who = cx.identity;
        cx.send.string_async(format!("{:?} {:?} by {:?}", who.subject(), who.roles(), who.scheme())).await
    }
}

pub(super) fn app(jwt: Jwt) -> Application {
    Host::empty().endpoint::<Orders>().authentication(jwt).build().unwrap()
}

pub(super) fn strict() -> Jwt {
    Jwt::new(JwtKey::secret(SECRET)).issuer(ISSUER).audience("orders").leeway(Duration::ZERO)
}

pub(super) fn issuer() -> JwtIssuer {
    JwtIssuer::secret(SECRET).issuer(ISSUER).audience("orders")
}

pub(super) fn ann() -> Identity {
    Identity::user("ann").with_role("clerk").with_scope("orders:read")
}

pub(super) async fn bearer(app: &Application, token: &str) -> String {
    let request = Request::get("/orders").header("authorization", format!("Bearer {token}"));
    ask(app, request.body(String::new()).unwrap()).await
}

fn now() -> u64 {
    SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap().as_secs()
}

/// The claims of a valid token with these changes; null removes a claim.
fn claims(changes: &Value) -> Value {
    let mut claims = json!({
        "sub": "ann", "iss": ISSUER, "aud": ["orders", "bills"], "exp": now() + 60, "scope": "orders:read",
    });
    for (name, value) in changes.as_object().unwrap() {
        claims[name] = value.clone();
    }
    claims.as_object_mut().unwrap().retain(|_, value| !value.is_null());
    claims
}

pub(super) fn token(changes: &Value) -> String {
    encode(&Header::new(Algorithm::HS256), &claims(changes), &EncodingKey::from_secret(&SECRET))
        .unwrap()
}

#[tokio::test]
async fn a_token_carries_the_user_with_roles_and_scopes() {
    let app = app(strict());
    let token = issuer().issue(&ann()).unwrap();
    assert!(bearer(&app, &token).await.ends_with("\nSome(\"ann\") [\"clerk\"] by Some(\"jwt\")"));
    let in_query =
        Request::get(format!("/orders?access_token={token}")).body(String::new()).unwrap();
    assert!(ask(&app, in_query).await.starts_with("200 "));
}

#[tokio::test]
async fn a_missing_token_is_challenged_and_an_invalid_one_is_reported() {
    let app = app(strict());
    assert_snapshot!(ask(&app, Request::get("/orders").body(String::new()).unwrap()).await, @r#"
    401 Unauthorized
    content-type: application/problem+json
    www-authenticate: Bearer

    {"type":"about:blank","title":"Unauthorized","status":401,"detail":"the request has no valid credentials","instance":"/orders","traceId":"T"}
    "#);
    assert_snapshot!(bearer(&app, "junk").await, @r#"
    401 Unauthorized
    content-type: application/problem+json
    www-authenticate: Bearer error="invalid_token"

    {"type":"about:blank","title":"Unauthorized","status":401,"detail":"the request has no valid credentials","instance":"/orders","traceId":"T"}
    "#);
    assert_snapshot!(bearer(&app, &issuer().issue(&Identity::user("ann")).unwrap()).await, @r#"
    403 Forbidden
    content-type: application/problem+json
    www-authenticate: Bearer error="insufficient_scope", scope="orders:read"

    {"type":"about:blank","title":"Forbidden","status":403,"detail":"no required scope was granted","instance":"/orders","traceId":"T"}
    "#);
}

#[tokio::test]
async fn a_token_is_valid_only_if_every_claim_is() {
    let app = app(strict());
    assert!(bearer(&app, &token(&json!({}))).await.starts_with("200 "));
    for wrong in [
        json!({"exp": now() - 1}),
        json!({"exp": null}),
        json!({"exp": "tomorrow"}),
        json!({"nbf": now() + 30}),
        json!({"iss": null}),
        json!({"iss": "https://other.example"}),
        json!({"aud": null}),
        json!({"aud": "bills"}),
        json!({"aud": []}),
        json!({"sub": null}),
        json!({"sub": ""}),
        json!({"sub": 7}),
    ] {
        assert!(bearer(&app, &token(&wrong)).await.starts_with("401 "), "{wrong}");
    }
    let whole = token(&json!({}));
    for index in [whole.find('.').unwrap() + 5, whole.len() - 2] {
        let mut forged = whole.clone().into_bytes();
        forged[index] = if forged[index] == b'A' { b'B' } else { b'A' };
        assert!(bearer(&app, std::str::from_utf8(&forged).unwrap()).await.starts_with("401 "));
    }
}

#[tokio::test]
async fn waived_checks_of_a_token_are_skipped_and_leeway_applies() {
    let lax = Jwt::new(JwtKey::secret(SECRET)).accept_any_issuer().accept_any_audience();
    let lax = app(lax.accept_without_expiry().leeway(Duration::ZERO));
    let bare = token(&json!({"iss": null, "aud": null, "exp": null}));
    assert!(bearer(&lax, &bare).await.starts_with("200 "));
    assert!(bearer(&lax, &token(&json!({"exp": now() - 1}))).await.starts_with("401 "));
    let lenient = app(strict().leeway(MINUTE));
    assert!(bearer(&lenient, &token(&json!({"exp": now() - 30}))).await.starts_with("200 "));
    assert!(bearer(&lenient, &token(&json!({"exp": now() - 90}))).await.starts_with("401 "));
}

/// A P-256 key pair, derived from one number.
fn pair(number: u8) -> p256::SecretKey {
    p256::SecretKey::from_slice(&[number; 32]).unwrap()
}

fn public_pem(pair: &p256::SecretKey) -> String {
    pair.public_key().to_public_key_pem(LineEnding::LF).unwrap()
}

/// The JSON Web Key Set of these key pairs, whose numbers are their key ids.
pub(super) fn key_set(numbers: &[u8]) -> String {
    let keys = numbers.iter().map(|number| {
        let mut key: Value =
            serde_json::from_str(&pair(*number).public_key().to_jwk_string()).unwrap();
        key["kid"] = json!(number.to_string());
        key["use"] = json!("sig");
        key
    });
    let keys: Vec<_> =
        keys.chain([json!({"kty": "oct", "k": "c2VjcmV0", "kid": "secret"})]).collect();
    json!({"keys": keys}).to_string()
}

pub(super) fn signed_by(number: u8) -> String {
    let pem = pair(number).to_pkcs8_pem(LineEnding::LF).unwrap();
    let issuer = JwtIssuer::pem(JwtAlgorithm::Es256, &*pem).unwrap().id(number.to_string());
    issuer.issuer(ISSUER).audience("orders").issue(&ann()).unwrap()
}

#[tokio::test]
async fn the_key_determines_the_algorithm_whatever_the_token_says() {
    let pem = public_pem(&pair(1));
    let key = JwtKey::pem(JwtAlgorithm::Es256, &pem).unwrap();
    let app = app(Jwt::new(key).issuer(ISSUER).audience("orders"));
    assert!(bearer(&app, &signed_by(1)).await.starts_with("200 "));
    // The public key, used as an HMAC secret.
    let confused = EncodingKey::from_secret(pem.as_bytes());
    let confused = encode(&Header::new(Algorithm::HS256), &claims(&json!({})), &confused).unwrap();
    let of = |header: Value| {
        let part = |value: Value| BASE64.encode(value.to_string());
        format!("{}.{}.", part(header), part(claims(&json!({}))))
    };
    for wrong in [confused, of(json!({"alg": "none"})), of(json!({"alg": "ES256"})), signed_by(2)] {
        assert!(bearer(&app, &wrong).await.starts_with("401 "), "{wrong}");
    }
}

#[tokio::test]
async fn a_token_with_unknown_critical_extensions_is_invalid() {
    let mut header = Header::new(Algorithm::HS256);
    header.crit = Some(vec!["exp".to_owned()]);
    let critical =
        encode(&header, &claims(&json!({})), &EncodingKey::from_secret(&SECRET)).unwrap();
    assert!(bearer(&app(strict()), &critical).await.starts_with("401 "));
}

#[tokio::test]
async fn of_several_keys_the_kid_of_the_token_selects_one() {
    let jwt = Jwt::key_set([JwtAlgorithm::Es256], &key_set(&[1, 2])).unwrap();
    let app = app(jwt.issuer(ISSUER).audience("orders"));
    assert!(bearer(&app, &signed_by(1)).await.starts_with("200 "));
    assert!(bearer(&app, &signed_by(2)).await.starts_with("200 "));
    assert!(bearer(&app, &signed_by(3)).await.starts_with("401 "));
    let mut secret = Header::new(Algorithm::HS256);
    secret.kid = Some("secret".to_owned());
    let secret =
        encode(&secret, &claims(&json!({})), &EncodingKey::from_secret(b"secret")).unwrap();
    assert!(bearer(&app, &secret).await.starts_with("401 "));
    assert!(Jwt::key_set([JwtAlgorithm::Rs256], &key_set(&[1])).is_err());
    assert!(Jwt::key_set([JwtAlgorithm::Es256], "{}").is_err());
}

/// The current answer of a key source, and the number of requests to it.
#[derive(Default)]
struct Source {
    says: Mutex<Option<String>>,
    asked: AtomicUsize,
}

#[tokio::test(start_paused = true)]
async fn an_unknown_key_id_refreshes_the_key_source_at_a_limited_rate() {
    let source = Arc::new(Source::default());
    let asked = Arc::clone(&source);
    let jwt = Jwt::key_source([JwtAlgorithm::Es256], move || {
        asked.asked.fetch_add(1, SeqCst);
        let said = asked.says.lock().unwrap().clone();
        async move { Ok(said.ok_or("the provider is away: hunter2")?) }
    });
    let app = app(jwt.issuer(ISSUER).audience("orders"));
    let say = |says: Option<String>| *source.says.lock().unwrap() = says;
    let asked = || source.asked.load(SeqCst);

    assert_snapshot!(bearer(&app, &signed_by(1)).await, @r#"
    503 Service Unavailable
    content-type: application/problem+json

    {"type":"about:blank","title":"Service Unavailable","status":503,"detail":"tokens cannot be verified at the moment","instance":"/orders","traceId":"T"}
    "#);
    say(Some(key_set(&[1])));
    assert!(bearer(&app, &signed_by(1)).await.starts_with("503 "));
    assert_eq!(asked(), 1, "the source was fetched a moment ago");
    advance(MINUTE).await;
    assert!(bearer(&app, &signed_by(1)).await.starts_with("200 "));
    assert!(bearer(&app, &signed_by(2)).await.starts_with("401 "));
    assert_eq!(asked(), 2);

    say(Some(key_set(&[2])));
    advance(MINUTE).await;
    assert!(bearer(&app, &signed_by(2)).await.starts_with("200 "));
    assert!(bearer(&app, &signed_by(1)).await.starts_with("401 "));
    assert_eq!(asked(), 3);

    say(None);
    tokio::time::sleep(61 * MINUTE).await;
    assert!(bearer(&app, &signed_by(2)).await.starts_with("200 "), "the last keys are still valid");
    assert_eq!(asked(), 4, "the keys are too old");
}

#[tokio::test]
async fn a_token_in_a_cookie_changes_nothing_for_a_page_of_another_origin() {
    let app = app(strict().cookie("token").trust_origins(["https://app.example"]));
    let token = format!("token={}", issuer().issue(&ann()).unwrap());
    let with = async |method: &str, headers: &[(&str, &str)]| {
        let request = Request::builder().method(method).uri("/orders").header("cookie", &token);
        let request = headers.iter().fold(request, |all, (name, value)| all.header(*name, *value));
        ask(&app, request.body(String::new()).unwrap()).await
    };
    assert!(with("GET", &[("sec-fetch-site", "cross-site")]).await.starts_with("200 "));
    assert!(with("POST", &[("sec-fetch-site", "same-origin")]).await.starts_with("200 "));
    assert!(with("POST", &[("sec-fetch-site", "cross-site")]).await.starts_with("403 "));
    assert!(with("POST", &[("origin", "https://app.example")]).await.starts_with("200 "));
}

#[test]
fn missing_settings_are_reported_before_the_first_token() {
    let host = |jwt| Host::empty().endpoint::<Orders>().authentication(jwt).build().unwrap_err();
    let several = Jwt::new(JwtKey::secret("short")).key(JwtKey::secret(SECRET).id("a"));
    assert_snapshot!(host(several), @"
    the host can't start: 4 configuration errors
      - the scheme `jwt`: accepts no issuer; add `.issuer(…)` or `.accept_any_issuer()`
      - the scheme `jwt`: accepts no audience; add `.audience(…)` or `.accept_any_audience()`
      - the scheme `jwt`: a secret is shorter than 32 bytes; use random bytes
      - the scheme `jwt`: one of several keys has no id; add `.id(…)` to it
    ");
    let source = Jwt::key_source([JwtAlgorithm::Es256], || async { Ok(String::new()) });
    let source = source.key(JwtKey::secret(SECRET)).issuer(ISSUER).accept_any_audience();
    assert_snapshot!(host(source), @"
    the host can't start: 1 configuration error
      - the scheme `jwt`: a key is ignored because the scheme has a key source; register another scheme for it
    ");
}

#[test]
fn no_token_is_issued_with_a_secret_with_which_a_host_does_not_start() {
    let short = &SECRET[..31];
    let refused = JwtIssuer::secret(short).issue(&Identity::user("ann")).unwrap_err();
    assert_snapshot!(
        refused.private_source().unwrap(),
        @"cannot issue a token: the secret is shorter than 32 bytes; use random bytes"
    );
    let jwt = Jwt::new(JwtKey::secret(short)).accept_any_issuer().accept_any_audience();
    Host::empty().endpoint::<Orders>().authentication(jwt).build().unwrap_err();
}

#[tokio::test]
async fn a_token_is_valid_as_long_as_its_check_passes() {
    let app = app(strict().check(|user| async move { Ok(!user.has_claim("jti", "revoked")) }));
    assert!(bearer(&app, &token(&json!({"jti": "other"}))).await.starts_with("200 "));
    assert!(bearer(&app, &token(&json!({"jti": "revoked"}))).await.starts_with("401 "));
    let away =
        self::app(strict().check(|_| async { Err(Problem::new(StatusCode::SERVICE_UNAVAILABLE)) }));
    assert!(bearer(&away, &token(&json!({}))).await.starts_with("503 "));
    assert!(bearer(&away, "junk").await.starts_with("401 "), "only valid tokens are checked");
}
