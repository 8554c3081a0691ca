//! Bodies as real clients send them: empty, with a byte-order mark, with a content coding, in a
//! charset.

use std::io::Write;

use bytes::Bytes;
use futures_util::stream;
use http::Request;
use http_body::Frame;
use http_body_util::{Full, StreamBody};
use hyperpoint::prelude::*;
use hyperpoint::{Application, BodyStream, Multipart, Raw};
use insta::assert_snapshot;

use super::request_types::refused;
use crate::http::{ask, endpoint, talk};
use crate::wire::h2::Http2;

#[derive(Debug, Default, Deserialize, JsonSchema)]
#[expect(dead_code, reason = "the fields are compared as `Debug` text")]
struct Note {
    text: String,
    count: Option<u64>,
}

#[derive(Debug, Deserialize, JsonSchema)]
#[expect(dead_code, reason = "the fields are compared as `Debug` text")]
struct Settings {
    size: Option<u32>,
    #[serde(default)]
    name: String,
}

#[derive(Debug, Deserialize, JsonSchema)]
#[expect(dead_code, reason = "the fields are compared as `Debug` text")]
struct Archive {
    id: u32,
    reason: Option<String>,
}

#[derive(Debug, Deserialize, JsonSchema)]
#[expect(dead_code, reason = "the fields are compared as `Debug` text")]
struct MaybeNote {
    id: u32,
    note: from::Body<Option<Note>>,
}

#[derive(Debug, Deserialize, JsonSchema)]
#[expect(dead_code, reason = "the fields are compared as `Debug` text")]
struct WholeSettings {
    id: u32,
    settings: from::Body<Settings>,
}

#[derive(Debug, Deserialize, JsonSchema)]
#[expect(dead_code, reason = "the fields are compared as `Debug` text")]
struct SettingsForm {
    settings: from::Form<Settings>,
}

#[derive(Debug, Deserialize, JsonSchema)]
#[expect(dead_code, reason = "the fields are compared as `Debug` text")]
struct MaybeForm {
    note: from::Form<Option<Note>>,
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(tag = "kind", rename_all = "lowercase")]
#[expect(dead_code, reason = "the fields are compared as `Debug` text")]
enum Command {
    Stop,
    Move { by: i32 },
}

/// Writes an endpoint that responds with what it read.
macro_rules! echo {
    ($name:ident: $request:ty, $route:literal) => {
        endpoint! {
            $name: $request => ();
            |config| {
                config.put($route);
                config.allow_anonymous();
            }
            |request, cx| { cx.send.string_async(format!("{request:?}")).await }
        }
    };
}

echo!(PutNote: Note, "/note");
echo!(PutSettings: Settings, "/settings");
echo!(PutArchive: Archive, "/archive/{id}");
echo!(PutMaybe: MaybeNote, "/maybe/{id}");
echo!(PutWhole: WholeSettings, "/whole/{id}");
echo!(PutForm: SettingsForm, "/form");
echo!(PutMaybeForm: MaybeForm, "/maybe-form");
echo!(PutOption: Option<Note>, "/option");
echo!(PutList: Vec<u32>, "/list");
echo!(PutAny: serde_json::Value, "/any");
echo!(PutCommand: Command, "/command");
echo!(PutBytes: Raw<Bytes>, "/bytes");
echo!(PutText: Raw<String>, "/text");

endpoint! {
    PutStream: Raw<BodyStream> => ();
    |config| {
        config.put("/stream");
        config.allow_anonymous();
    }
    |mut raw, cx| {
        let first = raw.body.chunk().await?;
        cx.send.string_async(format!("{first:?}")).await
    }
}

endpoint! {
    PutParts: Raw<Multipart> => ();
    |config| {
        config.put("/parts");
        config.allow_anonymous();
    }
    |_, cx| { cx.send.no_content_async().await }
}

fn host() -> Host {
    let host = Host::empty().endpoint::<PutNote>().endpoint::<PutSettings>();
    let host = host.endpoint::<PutArchive>().endpoint::<PutMaybe>().endpoint::<PutWhole>();
    let host = host.endpoint::<PutForm>().endpoint::<PutMaybeForm>().endpoint::<PutOption>();
    let host = host.endpoint::<PutList>().endpoint::<PutAny>().endpoint::<PutCommand>();
    let host = host.endpoint::<PutBytes>().endpoint::<PutText>();
    host.endpoint::<PutStream>().endpoint::<PutParts>()
}

fn app() -> Application {
    host().build().unwrap()
}

const JSON: &str = "application/json";
const FORM: &str = "application/x-www-form-urlencoded";

/// Returns the text after the head of the response.
fn body(answer: &str) -> &str {
    answer.split_once("\n\n").map_or(answer, |(_, body)| body)
}

/// Sends an empty body: once announced by the head, and once as a body that ends later.
async fn send_nothing(path: &str, kind: &str) -> String {
    let request = || {
        let request = Request::put(path);
        if kind.is_empty() { request } else { request.header("content-type", kind) }
    };
    let known = ask(&app(), request().body(String::new()).unwrap()).await;
    for pieces in [0, 2] {
        let pieces = (0..pieces).map(|_| Ok::<_, std::io::Error>(Frame::data(Bytes::new())));
        let later = request().body(StreamBody::new(stream::iter(pieces))).unwrap();
        assert_eq!(ask(&app(), later).await, known, "{path} {kind}");
    }
    known
}

#[tokio::test]
async fn a_body_with_only_optional_fields_may_be_absent() {
    for kind in ["", JSON, "text/plain"] {
        for (path, expected) in [
            ("/settings", "Settings { size: None, name: \"\" }"),
            ("/archive/7", "Archive { id: 7, reason: None }"),
            ("/maybe/7", "MaybeNote { id: 7, note: Body(None) }"),
            (
                "/whole/7",
                "WholeSettings { id: 7, settings: Body(Settings { size: None, name: \"\" }) }",
            ),
            ("/form", "SettingsForm { settings: Form(Settings { size: None, name: \"\" }) }"),
            ("/maybe-form", "MaybeForm { note: Form(None) }"),
            ("/option", "None"),
        ] {
            let answer = send_nothing(path, kind).await;
            assert_eq!(body(&answer), expected, "{path} {kind}: {answer}");
        }
    }
    let answer = send_nothing("/form", FORM).await;
    assert_eq!(
        body(&answer),
        "SettingsForm { settings: Form(Settings { size: None, name: \"\" }) }"
    );
}

#[tokio::test]
async fn a_required_body_without_bytes_is_reported_by_its_missing_fields() {
    for kind in ["", JSON] {
        let answer = send_nothing("/note", kind).await;
        assert_eq!(
            refused(&answer, "400"),
            r#"[{"code":"missing","name":"text","reason":"is missing from the body"}]"#
        );
        for path in ["/list", "/any", "/command"] {
            let answer = send_nothing(path, kind).await;
            assert_eq!(refused(&answer, "400"), r#""the body is missing""#, "{path}");
        }
    }
    // A body with bytes still needs a content type.
    let pieces = stream::iter([Ok::<_, std::io::Error>(Frame::data(Bytes::from("{}")))]);
    let request = Request::put("/settings").body(StreamBody::new(pieces)).unwrap();
    assert!(ask(&app(), request).await.starts_with("415 "));
}

#[tokio::test]
async fn a_body_that_ends_in_a_separate_chunk_or_frame_is_empty() {
    let host = host().bind("127.0.0.1:0").start().await.unwrap();
    for headers in ["", "content-type: application/json\r\n"] {
        let request = format!(
            "PUT /archive/7 HTTP/1.1\r\nhost: a\r\ntransfer-encoding: chunked\r\n\
             connection: close\r\n{headers}\r\n0\r\n\r\n"
        );
        let answer = talk(host.address(), request).await;
        assert!(answer.ends_with("\n\nArchive { id: 7, reason: None }"), "{answer}");
    }
    let mut http2 = Http2::connect(host.address()).await;
    let request = Request::put("http://a/archive/7").body(()).unwrap();
    let mut asked = http2.send(request, false).await;
    asked.send("", true);
    assert_eq!(asked.answer().await.rest().await, "Archive { id: 7, reason: None }");
}

async fn put(path: &str, headers: &[(&str, &str)], body: impl Into<Bytes>) -> String {
    let mut request = Request::put(path);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    ask(&app(), request.body(Full::new(body.into())).unwrap()).await
}

#[tokio::test]
async fn a_byte_order_mark_before_json_is_skipped() {
    let answer = put("/note", &[("content-type", JSON)], "\u{feff}{\"text\": \"a\"}").await;
    assert_eq!(body(&answer), "Note { text: \"a\", count: None }");
    let answer = put("/note", &[("content-type", JSON)], "\u{feff}\u{feff}{}").await;
    assert!(refused(&answer, "400").contains("expected value at line 1 column 1"), "{answer}");
}

#[tokio::test]
async fn an_array_never_binds_as_an_object() {
    for path in ["/note", "/settings", "/archive/7", "/maybe/7", "/whole/7", "/option", "/command"]
    {
        for array in ["[]", " \n[\"a\", 1]", "\u{feff}[\"stop\"]"] {
            let answer = put(path, &[("content-type", JSON)], array).await;
            assert_eq!(
                refused(&answer, "400"),
                r#""the body is an array; send an object""#,
                "{path}"
            );
        }
    }
    assert_eq!(body(&put("/list", &[("content-type", JSON)], "[1]").await), "[1]");
    assert!(put("/any", &[("content-type", JSON)], "[1]").await.starts_with("200"));
}

#[tokio::test]
async fn a_body_with_a_content_coding_is_refused_with_the_accepted_codings() {
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    gzip.write_all(br#"{"text": "a"}"#).unwrap();
    let coded = gzip.finish().unwrap();
    let answer = put("/note", &[("content-type", JSON), ("content-encoding", "gzip")], coded).await;
    assert_snapshot!(answer, @r#"
    415 Unsupported Media Type
    accept-encoding: identity
    content-type: application/problem+json

    {"type":"about:blank","title":"Unsupported Media Type","status":415,"detail":"the body has the content coding `gzip`; send it without one","instance":"/note","traceId":"T"}
    "#);
    let multipart = "multipart/form-data; boundary=x";
    for (path, kind) in [
        ("/note", JSON),
        ("/note", FORM),
        ("/note", "application/vnd.x+json"),
        ("/maybe-form", FORM),
        ("/bytes", ""),
        ("/text", "text/plain"),
        ("/stream", "text/plain"),
        ("/parts", multipart),
    ] {
        for coding in ["x-secret", "identity, br", "GZIP"] {
            let headers = [("content-type", kind), ("content-encoding", coding)];
            let answer = put(path, &headers, r#"{"text": "a"}"#).await;
            assert!(
                answer.starts_with("415 Unsupported Media Type\naccept-encoding: identity\n"),
                "{path} {answer}"
            );
        }
    }
    for coding in ["identity", "Identity", ""] {
        let headers = [("content-type", JSON), ("content-encoding", coding)];
        assert!(put("/note", &headers, r#"{"text": "a"}"#).await.starts_with("200"), "{coding}");
    }
    // A body without bytes has no coding to refuse.
    for path in ["/settings", "/bytes", "/stream"] {
        assert!(put(path, &[("content-encoding", "gzip")], "").await.starts_with("200"), "{path}");
    }
}

#[tokio::test]
async fn a_body_in_another_charset_is_refused() {
    for kind in [
        "application/json; charset=utf-8",
        "application/json;Charset=\"UTF-8\"",
        "application/json; charset=us-ascii",
        "application/json;",
        "application/json; profile=\"a; charset=latin1\"",
    ] {
        let answer = put("/note", &[("content-type", kind)], r#"{"text": "é"}"#).await;
        assert!(answer.starts_with("200"), "{kind}: {answer}");
    }
    for (path, kind) in [
        ("/note", "application/json; charset=latin1"),
        ("/note", "application/json; charset=\"utf-16\""),
        ("/note", "application/x-www-form-urlencoded; charset=windows-1252"),
        ("/text", "text/plain; CHARSET=iso-8859-1"),
    ] {
        let answer = refused(&put(path, &[("content-type", kind)], "text=a").await, "415");
        assert!(answer.starts_with("\"the body has the charset `"), "{kind}: {answer}");
    }
}

#[tokio::test]
async fn a_refusal_repeats_only_the_beginning_of_client_input() {
    let long = "x".repeat(900_000);
    let json = |text: String| put("/note", &[("content-type", JSON)], text);
    let kind = format!("text/{}", "x".repeat(5_000));
    let answers = [
        json(format!(r#"{{"text": "a", "count": "{long}"}}"#)).await,
        json(format!(r#"{{"text": "a", "count": "{}"}}"#, "\\\"".repeat(400_000))).await,
        put("/command", &[("content-type", JSON)], format!(r#"{{"kind": "{long}"}}"#)).await,
        put("/command", &[("content-type", JSON)], format!(r#"{{"kind": "`{long}"}}"#)).await,
        put("/note", &[("content-type", FORM)], format!("text=a&count={long}")).await,
        put("/note", &[("content-type", &kind)], "x").await,
        put("/note", &[("content-type", JSON), ("content-encoding", &kind)], "x").await,
        put("/parts", &[("content-type", &kind)], "x").await,
    ];
    for answer in answers {
        assert!(answer.len() < 2_000, "{} bytes: {:?}", answer.len(), &answer[..200]);
        assert!(answer.contains('…'), "{answer}");
    }
}
