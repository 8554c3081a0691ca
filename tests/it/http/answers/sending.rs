//! Every way to respond, as the client receives it.

use http::header::{
    CONNECTION, CONTENT_LENGTH, CONTENT_TYPE, HeaderValue, LOCATION, RETRY_AFTER, TRANSFER_ENCODING,
};
use http::{Request, StatusCode};
use http_body_util::BodyExt;
use hyperpoint::prelude::*;
use hyperpoint::{Application, Redirect};
use insta::assert_snapshot;
use tower::ServiceExt;

use crate::http::{endpoint, get};

#[derive(Deserialize, JsonSchema)]
struct Kind {
    kind: String,
}

#[derive(Serialize, JsonSchema)]
struct User {
    id: u32,
    name: String,
}

impl User {
    fn ann() -> Self {
        Self { id: 7, name: "Ann \"Ä\"".to_owned() }
    }
}

endpoint! {
    Answers: Kind => User;
    |config| {
        config.get("/answers/{kind}");
        config.allow_anonymous();
    }
    |Kind { kind }, cx| {
        let send = cx.send;
        match kind.as_str() {
            "ok" => send.ok_async(User::ann()).await,
            "created" => {
                let send = send.header(LOCATION, HeaderValue::from_static("/users/7"));
                send.response_async(StatusCode::CREATED, User::ann()).await
            }
            "no-content" => send.no_content_async().await,
            "not-found" => send.not_found_async().await,
            "accepted" => send.status_async(StatusCode::ACCEPTED).await,
            "conflict" => {
                let send = send.header(RETRY_AFTER, HeaderValue::from_static("5"));
                send.status_async(StatusCode::CONFLICT).await
            }
            "string" => send.string_async("höi\n").await,
            "empty" => send.string_async("").await,
            "bytes" => send.bytes_async(&b"PNG"[..], "image/png").await,
            "bad-type" => send.bytes_async(&b""[..], "image/\npng").await,
            "passed-on" => {
                let send = send.header(CONTENT_LENGTH, HeaderValue::from_static("2"));
                let send = send.header(TRANSFER_ENCODING, HeaderValue::from_static("gzip"));
                let send = send.header(CONNECTION, HeaderValue::from_static("x-own"));
                send.header(RETRY_AFTER, HeaderValue::from_static("5")).string_async("whole").await
            }
            "switching" => send.status_async(StatusCode::SWITCHING_PROTOCOLS).await,
            "own-type" => {
                let send = send.header(CONTENT_TYPE, HeaderValue::from_static("text/html"));
                send.string_async("x").await
            }
            _ => Err(Problem::new(StatusCode::IM_A_TEAPOT).detail("no such kind")),
        }
    }
}

endpoint! {
    Redirects: Kind => ();
    |config| {
        config.get("/redirects/{kind}");
        config.allow_anonymous();
    }
    |Kind { kind }, cx| {
        let to = match kind.as_str() {
            "local" => Redirect::from("/a?b=c"),
            "permanent" => Redirect::to("/a").permanent(),
            "see-other" => Redirect::to("/a").see_other(),
            "same-method" => Redirect::to("/a").same_method(),
            "remote" => Redirect::to("https://example.org/").remote(),
            "split" => Redirect::to("/a\r\nset-cookie: x"),
            other => Redirect::to(other.to_owned()),
        };
        cx.send.redirect_async(to).await
    }
}

endpoint! {
    Nothing: () => ();
    |config| {
        config.get("/nothing");
        config.allow_anonymous();
    }
    |(), cx| { cx.send.ok_async(()).await }
}

endpoint! {
    ChangesItsMind: () => ();
    |config| {
        config.get("/changes-its-mind");
        config.allow_anonymous();
    }
    |(), cx| {
        let _sent = cx.send.string_async("all is well").await?;
        Err(Problem::new(StatusCode::GONE).detail("it is not"))
    }
}

endpoint! {
    Waits: () => ();
    |config| {
        config.get("/waits");
        config.allow_anonymous();
    }
    |(), cx| {
        let sent = cx.send.string_async("after a while").await?;
        tokio::time::sleep(std::time::Duration::from_secs(1)).await;
        Ok(sent)
    }
}

fn app() -> Application {
    let host = Host::empty().endpoint::<Answers>().endpoint::<Redirects>();
    let host = host.endpoint::<Nothing>().endpoint::<ChangesItsMind>();
    host.endpoint::<Waits>().build().unwrap()
}

#[tokio::test]
async fn json_with_a_status_and_headers() {
    assert_snapshot!(get(&app(), "/answers/ok").await, @r#"
    200 OK
    content-type: application/json

    {"id":7,"name":"Ann \"Ä\""}
    "#);
    assert_snapshot!(get(&app(), "/answers/created").await, @r#"
    201 Created
    content-type: application/json
    location: /users/7

    {"id":7,"name":"Ann \"Ä\""}
    "#);
}

#[tokio::test]
async fn a_success_status_has_no_body_and_an_error_status_is_a_problem() {
    assert_snapshot!(get(&app(), "/answers/no-content").await, @"204 No Content");
    assert_snapshot!(get(&app(), "/answers/accepted").await, @"202 Accepted");
    assert_snapshot!(get(&app(), "/answers/not-found").await, @r#"
    404 Not Found
    content-type: application/problem+json

    {"type":"about:blank","title":"Not Found","status":404,"instance":"/answers/not-found","traceId":"T"}
    "#);
    assert_snapshot!(get(&app(), "/answers/conflict").await, @r#"
    409 Conflict
    content-type: application/problem+json
    retry-after: 5

    {"type":"about:blank","title":"Conflict","status":409,"instance":"/answers/conflict","traceId":"T"}
    "#);
    assert_snapshot!(get(&app(), "/answers/other").await, @r#"
    418 I'm a teapot
    content-type: application/problem+json

    {"type":"about:blank","title":"I'm a teapot","status":418,"detail":"no such kind","instance":"/answers/other","traceId":"T"}
    "#);
}

#[tokio::test]
async fn text_and_bytes_have_a_content_type() {
    assert_snapshot!(get(&app(), "/answers/string").await, @"
    200 OK
    content-type: text/plain; charset=utf-8

    höi
    ");
    assert_snapshot!(get(&app(), "/answers/empty").await, @"
    200 OK
    content-type: text/plain; charset=utf-8
    ");
    assert_snapshot!(get(&app(), "/answers/bytes").await, @"
    200 OK
    content-type: image/png

    PNG
    ");
    assert_snapshot!(get(&app(), "/answers/bad-type").await, @r#"
    500 Internal Server Error
    content-type: application/problem+json

    {"type":"about:blank","title":"Internal Server Error","status":500,"instance":"/answers/bad-type","traceId":"T"}
    "#);
    assert_snapshot!(get(&app(), "/answers/own-type").await, @"
    200 OK
    content-type: text/plain; charset=utf-8

    x
    ");
}

#[tokio::test]
async fn a_redirect_stays_on_the_host_by_default() {
    assert_snapshot!(get(&app(), "/redirects/local").await, @"
    302 Found
    location: /a?b=c
    ");
    for (kind, status, location) in [
        ("permanent", "301", "/a"),
        ("see-other", "303", "/a"),
        ("same-method", "307", "/a"),
        ("remote", "302", "https://example.org/"),
    ] {
        let answer = get(&app(), &format!("/redirects/{kind}")).await;
        assert!(answer.starts_with(status), "{answer}");
        assert!(answer.contains(&format!("location: {location}\n")), "{answer}");
    }
    assert!(
        get(&app(), "/redirects/%2Fcaf%C3%A9%20b").await.contains("location: /caf%C3%A9%20b\n")
    );
}

#[tokio::test]
async fn an_invalid_redirect_target_from_the_client_is_a_400() {
    assert_snapshot!(get(&app(), "/redirects/%2F%2Fevil.example").await, @r#"
    400 Bad Request
    content-type: application/problem+json

    {"type":"about:blank","title":"Bad Request","status":400,"detail":"the target of the redirect is not a path on this host","instance":"/redirects/%2F%2Fevil.example","traceId":"T"}
    "#);
    for kind in ["https:%2F%2Fevil.example", "%2F%5Cevil.example", "%2Fa%0D%0Aset-cookie:%20x"] {
        let answer = get(&app(), &format!("/redirects/{kind}")).await;
        assert!(answer.starts_with("400 "), "{answer}");
        assert!(!answer.contains("location:"), "{answer}");
    }
    // This target comes from the program itself.
    let answer = get(&app(), "/redirects/split").await;
    assert!(answer.starts_with("500 ") && !answer.contains("location:"), "{answer}");
}

#[tokio::test]
async fn a_unit_response_has_no_body() {
    assert_snapshot!(get(&app(), "/nothing").await, @"200 OK");
}

#[tokio::test]
async fn an_error_after_a_response_replaces_it() {
    assert_snapshot!(get(&app(), "/changes-its-mind").await, @r#"
    410 Gone
    content-type: application/problem+json

    {"type":"about:blank","title":"Gone","status":410,"detail":"it is not","instance":"/changes-its-mind","traceId":"T"}
    "#);
}

#[tokio::test(start_paused = true)]
async fn a_response_is_sent_when_the_handler_returns() {
    let before = tokio::time::Instant::now();
    let answer = get(&app(), "/waits").await;
    assert!(answer.ends_with("after a while"), "{answer}");
    assert_eq!(before.elapsed().as_secs(), 1);
}

#[tokio::test]
async fn a_problem_has_the_trace_id_of_its_request() {
    let parent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
    let request = Request::get("/answers/other").header("traceparent", parent);
    let response = app().oneshot(request.body(String::new()).unwrap()).await;
    let body = response.unwrap().into_body().collect().await.unwrap();
    let body = String::from_utf8(body.to_bytes().to_vec()).unwrap();
    assert!(body.contains(r#""traceId":"4bf92f3577b34da6a3ce929d0e0e4736""#), "{body}");
}

#[tokio::test]
async fn only_the_connection_sets_headers_that_frame_the_body() {
    assert_snapshot!(get(&app(), "/answers/passed-on").await, @r"
    200 OK
    content-type: text/plain; charset=utf-8
    retry-after: 5

    whole
    ");
}

#[tokio::test]
async fn a_1xx_status_is_not_a_response() {
    assert!(get(&app(), "/answers/switching").await.starts_with("500 "));
}
