//! Sessions in a signed cookie: signing in and out, lifetime, and pages of other origins.

use std::time::Duration;

use http::{Request, header::SET_COOKIE};
use hyperpoint::prelude::*;
use hyperpoint::schemes::{CookieSessions, SameSite, SigningKeys};
use hyperpoint::{Application, Identity};
use insta::assert_snapshot;

use crate::http::{ask, endpoint};

const HOUR: Duration = Duration::from_hours(1);

#[derive(Endpoint)]
#[endpoint(by_hand)]
struct SignIn {
    sessions: Arc<CookieSessions>,
}

impl Endpoint for SignIn {
    type Request = ();
    type Response = ();

    fn configure(config: &mut Config) {
        config.post("/sign-in");
        config.delete("/sign-in");
        config.allow_anonymous();
    }

    async fn handle(&self, (): (), cx: Cx<'_, Self>) -> Result {
        let user = Identity::user("ann").with_role("clerk").with_claim("tier", "gold");
        let cookie = match cx.request.method.as_str() {
            "POST" => self.sessions.sign_in(cx.request, &user)?,
            _ => self.sessions.sign_out(),
        };
        cx.send.header(SET_COOKIE, cookie).no_content_async().await
    }
}

endpoint! {
    Me: () => ();
    |config| {
        config.get("/me");
        config.post("/me");
        config.roles(["clerk"]);
        config.claim("tier", ["gold"]);
    }
    |(), cx| { cx.send.string_async(cx.identity.subject().unwrap_or_default()).await }
}

fn app(sessions: CookieSessions) -> Application {
    let sessions = Arc::new(sessions);
    let host = Host::empty().endpoint::<SignIn>().endpoint::<Me>().service(Arc::clone(&sessions));
    host.authentication(sessions).build().unwrap()
}

fn keys() -> SigningKeys {
    SigningKeys::new([7; 32])
}

async fn send(app: &Application, method: &str, target: &str, headers: &[(&str, &str)]) -> String {
    let request = Request::builder().method(method).uri(target).header("host", "shop.example");
    let request = headers.iter().fold(request, |all, (name, value)| all.header(*name, *value));
    ask(app, request.body(String::new()).unwrap()).await
}

/// Returns the value of `Set-Cookie`, if there is one.
fn set_cookie(answer: &str) -> Option<&str> {
    answer.lines().find_map(|line| line.strip_prefix("set-cookie: "))
}

/// Returns the cookie that a browser sends after signing in.
async fn signed_in(app: &Application) -> String {
    let answer = send(app, "POST", "/sign-in", &[]).await;
    set_cookie(&answer).unwrap().split(';').next().unwrap().to_owned()
}

#[tokio::test]
async fn a_user_is_authenticated_from_sign_in_to_sign_out() {
    let app = app(CookieSessions::new(keys()));
    let answer = send(&app, "POST", "/sign-in", &[]).await;
    let (cookie, attributes) = set_cookie(&answer).unwrap().split_once("; ").unwrap();
    assert!(cookie.starts_with("__Host-session="), "{cookie}");
    assert_eq!(
        attributes.replace("43199", "43200"),
        "Path=/; Max-Age=43200; HttpOnly; SameSite=Lax; Secure"
    );
    let known = send(&app, "GET", "/me", &[("cookie", cookie)]).await;
    assert!(known.ends_with("\nann") && set_cookie(&known).is_none(), "{known}");
    assert_snapshot!(send(&app, "DELETE", "/sign-in", &[("cookie", cookie)]).await, @"
    204 No Content
    cache-control: private
    set-cookie: __Host-session=; Path=/; Max-Age=0; HttpOnly; SameSite=Lax; Secure
    ");
    assert_snapshot!(send(&app, "GET", "/me", &[]).await, @r#"
    401 Unauthorized
    content-type: application/problem+json
    www-authenticate: Cookie

    {"type":"about:blank","title":"Unauthorized","status":401,"detail":"the request has no valid credentials","instance":"/me","traceId":"T"}
    "#);
}

#[tokio::test]
async fn a_cookie_signed_elsewhere_is_ignored() {
    let app = app(CookieSessions::new(keys()));
    let cookie = signed_in(&app).await;
    let other = self::app(CookieSessions::new(SigningKeys::new([8; 32])));
    assert!(send(&other, "GET", "/me", &[("cookie", &cookie)]).await.starts_with("401 "));
    for wrong in [cookie.replace('=', "=e30"), format!("{cookie}x"), "__Host-session=".to_owned()] {
        assert!(send(&app, "GET", "/me", &[("cookie", &wrong)]).await.starts_with("401 "));
    }
    let rotated = SigningKeys::new([8; 32]).with_previous([7; 32]);
    let rotated = self::app(CookieSessions::new(rotated));
    assert!(send(&rotated, "GET", "/me", &[("cookie", &cookie)]).await.ends_with("\nann"));
}

#[tokio::test]
async fn a_page_of_another_origin_changes_nothing_and_cannot_sign_in() {
    let app = app(CookieSessions::new(keys()).trust_origins(["https://app.example"]));
    let cookie = signed_in(&app).await;
    let foreign = [("cookie", cookie.as_str()), ("sec-fetch-site", "cross-site")];
    assert_snapshot!(send(&app, "POST", "/me", &foreign).await, @r#"
    403 Forbidden
    content-type: application/problem+json

    {"type":"about:blank","title":"Forbidden","status":403,"detail":"the request comes from a page of another origin","instance":"/me","traceId":"T"}
    "#);
    assert!(send(&app, "GET", "/me", &foreign).await.ends_with("\nann"));
    assert!(send(&app, "POST", "/sign-in", &foreign[1..]).await.starts_with("403 "));
    let old_browser = [("cookie", cookie.as_str()), ("origin", "https://evil.example")];
    assert!(send(&app, "POST", "/me", &old_browser).await.starts_with("403 "));
    for own in [
        ("sec-fetch-site", "same-origin"),
        ("origin", "https://shop.example"),
        ("origin", "https://app.example"),
    ] {
        assert!(send(&app, "POST", "/me", &[("cookie", &cookie), own]).await.ends_with("\nann"));
    }
}

#[tokio::test]
async fn a_session_expires_with_its_age() {
    let app = app(CookieSessions::new(keys()).max_age(Duration::ZERO));
    let cookie = signed_in(&app).await;
    assert!(send(&app, "GET", "/me", &[("cookie", &cookie)]).await.starts_with("401 "));
}

#[tokio::test]
async fn a_sliding_session_is_renewed_after_half_of_its_age_and_never_beyond_its_limit() {
    let signed_for = |age| app(CookieSessions::new(keys()).max_age(age));
    let fresh = signed_in(&signed_for(2 * HOUR)).await;
    let half = signed_in(&signed_for(HOUR)).await;
    let sliding = |limit| app(CookieSessions::new(keys()).max_age(3 * HOUR).sliding(limit));
    let renewed = async |limit, cookie: &str| {
        let answer = send(&sliding(limit), "GET", "/me", &[("cookie", cookie)]).await;
        assert!(answer.contains("\nann"), "{answer}");
        let age = set_cookie(&answer)?.split("Max-Age=").nth(1)?.split(';').next()?;
        age.parse::<u64>().ok()
    };
    assert_eq!(renewed(24 * HOUR, &fresh).await, None);
    assert!(renewed(24 * HOUR, &half).await.is_some_and(|age| (10_790..=10_800).contains(&age)));
    assert!(renewed(2 * HOUR, &half).await.is_some_and(|age| (7_190..=7_200).contains(&age)));
    // The cookie that the handler sets takes precedence: a sign-out is not undone.
    let out = send(&sliding(24 * HOUR), "DELETE", "/sign-in", &[("cookie", &half)]).await;
    assert_eq!(out.matches("set-cookie").count(), 1);
    assert!(set_cookie(&out).unwrap().contains("Max-Age=0"));
}

#[tokio::test]
async fn a_session_is_valid_as_long_as_its_check_passes() {
    let app = app(CookieSessions::new(keys()).check(|user| async move {
        Ok(user.claim("sid").is_none_or(|sid| sid.as_str().is_none_or(str::is_empty)))
    }));
    let cookie = signed_in(&app).await;
    assert!(send(&app, "GET", "/me", &[("cookie", &cookie)]).await.starts_with("401 "));
}

#[test]
fn a_session_that_no_browser_would_keep_is_a_configuration_error() {
    let sessions = CookieSessions::new(SigningKeys::new("short")).same_site(SameSite::None);
    let sessions = sessions.allow_http().cookie_name("__Host-me");
    let host = Host::empty().endpoint::<Me>().authentication(sessions);
    assert_snapshot!(host.build().unwrap_err(), @"
    the host can't start: 3 configuration errors
      - the scheme `session`: a signing secret is shorter than 32 bytes; use random bytes
      - the scheme `session`: a cookie named `__Host-…` must be `Secure` and have no domain; remove `allow_http` and `domain`, or the prefix
      - the scheme `session`: `SameSite::None` requires TLS; remove `allow_http`
    ");
}
