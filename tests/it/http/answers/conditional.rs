//! Conditional requests.

use std::time::{Duration, SystemTime};

use http::{Method, Request, StatusCode};
use hyperpoint::prelude::*;
use hyperpoint::{Application, ETag, Validators};
use insta::assert_snapshot;

use super::files::{CHANGED, folder};
use crate::http::{ask, endpoint, get};
use crate::wire::raw::Raw;

/// `Sun, 06 Nov 1994 08:49:37 GMT` plus a fraction of a second, which no header carries.
fn changed() -> SystemTime {
    SystemTime::UNIX_EPOCH + CHANGED + Duration::from_millis(250)
}

#[derive(Deserialize, JsonSchema)]
struct Kind {
    kind: String,
}

endpoint! {
    Versions: Kind => String;
    |config| {
        config.get("/v/{kind}");
        config.post("/v/{kind}");
        config.allow_anonymous();
    }
    |Kind { kind }, cx| {
        let send = cx.send;
        let text = kind.clone();
        match kind.as_str() {
            "tag" => send.etag(7_u64).ok_async(text).await,
            "weak" => send.etag(ETag::weak("7")?).ok_async(text).await,
            "date" => send.last_modified(changed()).download("a.json").ok_async(text).await,
            "both" => send.etag(7_u64).last_modified(changed()).string_async(text).await,
            "gone" => send.etag(7_u64).status_async(StatusCode::GONE).await,
            "moved" => send.etag(7_u64).redirect_async("/v/tag").await,
            "bad" => send.etag(ETag::strong("two words")?).ok_async(text).await,
            _ => send.ok_async(text).await,
        }
    }
}

endpoint! {
    Change: Kind => ();
    |config| {
        config.put("/v/{kind}");
        config.allow_anonymous();
    }
    |Kind { kind }, cx| {
        let before = match kind.as_str() {
            "tag" => Validators::etag(7_u64),
            "date" => Validators::last_modified(changed()),
            _ => Validators::absent(),
        };
        before.check(cx.request)?;
        cx.send.etag(8_u64).no_content_async().await
    }
}

fn app() -> Application {
    Host::empty().endpoint::<Versions>().endpoint::<Change>().build().unwrap()
}

/// Returns the status of the response to a request with these headers.
async fn status(method: Method, kind: &str, headers: &[(&str, &str)]) -> u16 {
    let request = Request::builder().method(method).uri(format!("/v/{kind}"));
    let request =
        headers.iter().fold(request, |request, (name, value)| request.header(*name, *value));
    let request = request.header("content-type", "application/json").body("{}".to_owned()).unwrap();
    ask(&app(), request).await[..3].parse().unwrap()
}

async fn check(method: Method, kind: &str, headers: &[(&str, &str)], expected: u16) {
    let found = status(method.clone(), kind, headers).await;
    assert_eq!(found, expected, "{method} {kind} {headers:?}");
}

const BEFORE: &str = "Sun, 06 Nov 1994 08:49:36 GMT";
const SAME: &str = "Sun, 06 Nov 1994 08:49:37 GMT";

#[tokio::test]
async fn a_version_is_sent_and_a_current_copy_is_not_sent_again() {
    assert_snapshot!(get(&app(), "/v/date").await, @r#"
    200 OK
    content-disposition: attachment; filename="a.json"
    content-type: application/json
    last-modified: Sun, 06 Nov 1994 08:49:37 GMT

    "date"
    "#);
    let request = Request::get("/v/both").header("if-none-match", "\"6\", W/\"7\"");
    assert_snapshot!(ask(&app(), request.body(String::new()).unwrap()).await, @r#"
    304 Not Modified
    etag: "7"
    last-modified: Sun, 06 Nov 1994 08:49:37 GMT
    "#);
    let request = Request::get("/v/date").header("if-modified-since", SAME);
    assert_snapshot!(ask(&app(), request.body(String::new()).unwrap()).await, @"
    304 Not Modified
    last-modified: Sun, 06 Nov 1994 08:49:37 GMT
    ");
}

#[tokio::test]
async fn if_none_match_uses_weak_comparison() {
    let get = || Method::GET;
    check(get(), "tag", &[("if-none-match", "\"7\"")], 304).await;
    check(Method::HEAD, "tag", &[("if-none-match", "\"7\"")], 304).await;
    check(get(), "tag", &[("if-none-match", "*")], 304).await;
    check(get(), "weak", &[("if-none-match", "\"7\"")], 304).await;
    check(get(), "tag", &[("if-none-match", "\"8\"")], 200).await;
    check(get(), "tag", &[("if-none-match", "\"8\""), ("if-none-match", "\"7\"")], 304).await;
    check(get(), "tag", &[("if-none-match", "7")], 200).await;
    check(get(), "none", &[("if-none-match", "\"7\"")], 200).await;
}

#[tokio::test]
async fn if_match_uses_strong_comparison() {
    let get = || Method::GET;
    check(get(), "tag", &[("if-match", "\"7\"")], 200).await;
    check(get(), "tag", &[("if-match", "*")], 200).await;
    check(get(), "tag", &[("if-match", "\"8\"")], 412).await;
    check(get(), "tag", &[("if-match", "W/\"7\"")], 412).await;
    check(get(), "weak", &[("if-match", "W/\"7\"")], 412).await;
    check(get(), "tag", &[("if-match", "junk")], 412).await;
}

#[tokio::test]
async fn dates_are_compared_in_whole_seconds() {
    let get = || Method::GET;
    check(get(), "date", &[("if-modified-since", BEFORE)], 200).await;
    check(get(), "date", &[("if-modified-since", SAME)], 304).await;
    check(get(), "date", &[("if-modified-since", "yesterday")], 200).await;
    check(get(), "date", &[("if-unmodified-since", BEFORE)], 412).await;
    check(get(), "date", &[("if-unmodified-since", SAME)], 200).await;
    check(get(), "tag", &[("if-modified-since", SAME)], 200).await;
}

#[tokio::test]
async fn entity_tags_take_precedence_over_dates() {
    let get = || Method::GET;
    check(get(), "both", &[("if-none-match", "\"8\""), ("if-modified-since", SAME)], 200).await;
    check(get(), "both", &[("if-match", "\"7\""), ("if-unmodified-since", BEFORE)], 200).await;
    check(get(), "both", &[("if-match", "\"7\""), ("if-none-match", "\"7\"")], 304).await;
    check(get(), "both", &[("if-match", "\"8\""), ("if-none-match", "\"7\"")], 412).await;
}

#[tokio::test]
async fn only_a_response_that_would_be_sent_is_conditional() {
    let known = [("if-none-match", "\"7\"")];
    check(Method::GET, "gone", &known, 410).await;
    check(Method::GET, "moved", &known, 302).await;
    // Its response has the new version, and the precondition was about the old one.
    check(Method::POST, "tag", &[("if-match", "\"6\"")], 200).await;
    check(Method::GET, "bad", &[], 500).await;
}

#[tokio::test]
async fn a_write_checks_the_version_first() {
    let put = || Method::PUT;
    check(put(), "tag", &[], 204).await;
    check(put(), "tag", &[("if-match", "\"7\"")], 204).await;
    check(put(), "tag", &[("if-match", "\"6\"")], 412).await;
    check(put(), "tag", &[("if-none-match", "*")], 412).await;
    check(put(), "date", &[("if-unmodified-since", BEFORE)], 412).await;
    check(put(), "date", &[("if-modified-since", SAME)], 204).await;
    check(put(), "absent", &[("if-match", "*")], 412).await;
    check(put(), "absent", &[("if-none-match", "*")], 204).await;
}

#[tokio::test]
async fn a_304_of_a_file_has_no_body_and_the_connection_stays_open() {
    let (_folder, host) = folder();
    let running = host.start().await.unwrap();
    let since =
        format!("GET /files/hello.txt HTTP/1.1\r\nhost: a\r\nif-modified-since: {SAME}\r\n\r\n");
    let mut raw = Raw::open(running.address(), since).await;
    assert_snapshot!(raw.head().await.text().replace("\r\n", "\n"), @r#"
    HTTP/1.1 304 Not Modified
    etag: "ae1b981bc490a00-5"
    last-modified: Sun, 06 Nov 1994 08:49:37 GMT
    x-content-type-options: nosniff
    date: -
    "#);
    raw.write("GET /files/hello.txt HTTP/1.1\r\nhost: a\r\n\r\n").await;
    assert_eq!(raw.head().await.status(), 200);
    assert_eq!(raw.bytes(5).await, "höi\n".as_bytes());
}
