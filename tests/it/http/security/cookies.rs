//! Cookies of other programs beside those of a scheme or a field: they are ignored.

use futures_util::stream;
use http::{HeaderValue, Request, header};
use hyperpoint::prelude::*;
use hyperpoint::schemes::{CookieSessions, Jwt, SigningKeys, cookie, refuse_cross_origin};
use hyperpoint::{Application, AuthenticationScheme, Identity, async_trait};
use tower::ServiceExt;

use super::jwt::{ann, issuer, strict};
use crate::http::ask::text;
use crate::http::endpoint;
use crate::wire::h2::Http2;

endpoint! {
    Me: () => ();
    |config| {
        config.get("/me");
        config.post("/me");
    }
    |(), cx| { cx.send.string_async(cx.identity.subject().unwrap_or_default()).await }
}

endpoint! {
    Feed: () => Events<u32>;
    |config| { config.get("/feed"); }
    |(), cx| { cx.send.event_stream_async("n", stream::iter([1])).done().await }
}

#[derive(Deserialize, JsonSchema)]
struct Jar {
    theme: from::Cookie<Option<String>>,
    #[serde(default)]
    tag: from::Cookie<Vec<String>>,
    #[serde(rename = "__Host-tenant")]
    tenant: from::Cookie<Option<String>>,
}

endpoint! {
    Theme: Jar => ();
    |config| {
        config.get("/theme");
        config.allow_anonymous();
    }
    |jar, cx| {
        let (theme, tag) = (jar.theme.into_inner(), jar.tag.into_inner());
        cx.send.string_async(format!("{theme:?} {tag:?} {:?}", jar.tenant.into_inner())).await
    }
}

/// Configures sessions as chapter 5 of the guide does.
struct Stored;

#[async_trait]
impl AuthenticationScheme for Stored {
    fn challenge(&self, _: &http::request::Parts) -> HeaderValue {
        HeaderValue::from_static("Session")
    }

    async fn authenticate(&self, request: &http::request::Parts) -> Result<Option<Identity>> {
        let user =
            cookie(request, "stored").filter(|key| *key == "k1").map(|_| Identity::user("ann"));
        if user.is_some() {
            refuse_cross_origin(request, &["https://app.example".to_owned()])?;
        }
        Ok(user)
    }
}

fn sessions() -> CookieSessions {
    CookieSessions::new(SigningKeys::new([7; 32]))
}

fn jwt() -> Jwt {
    strict().cookie("token")
}

fn host() -> Host {
    let host = Host::empty().endpoint::<Me>().endpoint::<Feed>().endpoint::<Theme>();
    host.authentication(sessions()).authentication(jwt()).authentication(Stored)
}

/// The cookie of each scheme that reads one, as `name=value`.
fn own() -> [String; 3] {
    let (parts, ()) = Request::post("/").body(()).unwrap().into_parts();
    let session = sessions().sign_in(&parts, &ann()).unwrap();
    let session = session.to_str().unwrap().split(';').next().unwrap().to_owned();
    [session, format!("token={}", issuer().issue(&ann()).unwrap()), "stored=k1".to_owned()]
}

/// Cookies of other programs, as browsers send them.
const FOREIGN: [&[u8]; 9] = [
    "name=José".as_bytes(),
    b"name=Jos\xe9",
    "\u{2000}name=1".as_bytes(),
    b"\xff\xfe=\x80",
    br#"consent={"ads":false,"x":[1,2]}"#,
    b"flag",
    b"q=\"abc",
    b"=x",
    b"",
];

async fn send(app: &Application, method: &str, target: &str, cookies: &[&[u8]]) -> String {
    let mut request = Request::builder().method(method).uri(target);
    for field in cookies {
        request = request.header(header::COOKIE, HeaderValue::from_bytes(field).unwrap());
    }
    text(app.clone().oneshot(request.body(String::new()).unwrap()).await.unwrap()).await
}

#[tokio::test]
async fn a_foreign_cookie_does_not_hide_a_session_a_token_or_a_stored_session() {
    let app = host().build().unwrap();
    for own in own() {
        for foreign in FOREIGN {
            let before = [foreign, b"; ", own.as_bytes()].concat();
            let after = [own.as_bytes(), b"; ", foreign].concat();
            for cookies in [&[&before[..]][..], &[&after], &[foreign, own.as_bytes()]] {
                let answer = send(&app, "GET", "/me", cookies).await;
                assert!(answer.ends_with("\nann"), "{cookies:?}: {answer}");
                let stream = send(&app, "GET", "/feed", cookies).await;
                assert!(stream.starts_with("200 "), "{cookies:?}: {stream}");
            }
        }
    }
}

#[tokio::test]
async fn cookies_in_several_fields_and_in_one_are_equivalent_over_http2() {
    let host = host().bind("127.0.0.1:0").start().await.unwrap();
    let mut client = Http2::connect(host.address()).await;
    let [session, ..] = own();
    let foreign = HeaderValue::from_bytes("name=José".as_bytes()).unwrap();
    let joined = HeaderValue::from_bytes(format!("name=José; {session}").as_bytes()).unwrap();
    let session = HeaderValue::try_from(session).unwrap();
    for fields in [vec![foreign, session], vec![joined]] {
        let mut request = Request::get("http://a/me").body(()).unwrap();
        for field in fields {
            request.headers_mut().append(header::COOKIE, field);
        }
        let answer = client.request(request).await.answer().await;
        assert_eq!(answer.head.status, 200);
    }
    host.stop().await;
}

#[tokio::test]
async fn a_foreign_cookie_does_not_clear_cookies_bound_to_fields() {
    let app = host().build().unwrap();
    for foreign in FOREIGN {
        let cookies = [foreign, b"; theme=dark; tag=a; tag=b; theme=light"].concat();
        let answer = send(&app, "GET", "/theme", &[&cookies]).await;
        assert!(answer.ends_with("\nSome(\"dark\") [\"a\", \"b\"] None"), "{answer}");
    }
    let broken = send(&app, "GET", "/theme", &[b"theme=Jos\xe9; tag=a"]).await;
    assert!(broken.starts_with("400 ") && broken.contains("\"theme\""), "{broken}");
}

#[tokio::test]
async fn unicode_white_space_is_part_of_a_name() {
    let app = host().build().unwrap();
    for space in ["\u{2000}", "\u{a0}", "\u{85}", "\u{3000}"] {
        for name in [format!("{space}__Host-tenant"), format!("__Host-tenant{space}")] {
            let answer = send(&app, "GET", "/theme", &[format!("{name}=evil").as_bytes()]).await;
            assert!(answer.ends_with("\nNone [] None"), "{name:?}: {answer}");
        }
        let [session, ..] = own();
        let forged = send(&app, "GET", "/me", &[format!("{space}{session}").as_bytes()]).await;
        assert!(forged.starts_with("401 "), "{forged}");
    }
    let trimmed = send(&app, "GET", "/theme", &[b"\t __Host-tenant \t=\t acme "]).await;
    assert!(trimmed.ends_with("Some(\"acme\")"), "{trimmed}");
}

#[tokio::test]
async fn the_first_of_several_cookies_with_one_name_wins() {
    let app = host().build().unwrap();
    let first = send(&app, "GET", "/me", &[b"stored=k1; stored=k2"]).await;
    assert!(first.ends_with("\nann"), "{first}");
    assert!(send(&app, "GET", "/me", &[b"stored=k2; stored=k1"]).await.starts_with("401 "));
}

#[tokio::test]
async fn a_custom_scheme_refuses_pages_of_other_origins_with_the_same_check() {
    let app = host().build().unwrap();
    let post = async |name: &str, value: &str| {
        let request = Request::post("/me").header("cookie", "stored=k1").header(name, value);
        let answer = app.clone().oneshot(request.body(String::new()).unwrap()).await.unwrap();
        answer.status().as_u16()
    };
    assert_eq!(post("sec-fetch-site", "cross-site").await, 403);
    assert_eq!(post("origin", "https://evil.example").await, 403);
    assert_eq!(post("origin", "https://app.example").await, 200);
    assert_eq!(post("sec-fetch-site", "same-origin").await, 200);
}

#[test]
fn an_origin_that_no_page_should_have_cannot_be_trusted() {
    for origin in ["null", "*", "app.example", "https://app.example/"] {
        let host = Host::empty().endpoint::<Me>();
        let session = host.authentication(sessions().trust_origins([origin])).build();
        let host = Host::empty().endpoint::<Me>();
        let token = host.authentication(jwt().trust_origins([origin])).build();
        assert!(session.is_err() && token.is_err(), "{origin}");
    }
}
