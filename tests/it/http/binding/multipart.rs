//! Multipart bodies.

use std::sync::atomic::{AtomicUsize, Ordering};

use bytes::Bytes;
use futures_util::stream;
use http::Request;
use http_body::Frame;
use http_body_util::{Full, StreamBody};
use hyperpoint::prelude::*;
use hyperpoint::{Application, Multipart, Raw};
use hyperpoint_testing::TestApp;
use insta::assert_snapshot;

use super::request_types::refused;
use crate::http::{ask, endpoint};

#[derive(Debug, Deserialize, JsonSchema)]
struct Album {
    id: u32,
}

endpoint! {
    /// Responds with a description of each part.
    Upload: Raw<Multipart, Album> => ();
    |config| {
        config.post("/albums/{id}/photos");
        config.allow_anonymous();
        config.body_limit_bytes(100_000);
    }
    |raw, cx| {
        let Raw { body: mut form, fields: Album { id } } = raw;
        form.part_limit_bytes(10_000);
        let mut told = vec![format!("album {id}")];
        while let Some(mut part) = form.next_part().await? {
            let name = part.name().unwrap_or("?").to_owned();
            if name == "skipped" {
                continue;
            }
            let file = part.file_name().map(str::to_owned);
            let file = if part.is_file() { format!("file {file:?}") } else { "field".to_owned() };
            let kind = part.content_type().map(str::to_owned);
            let text = part.text().await?;
            told.push(format!("{name} {file} {kind:?} {text:?}"));
        }
        cx.send.string_async(told.join("\n")).await
    }
}

/// The number of bytes sent and read of the body of `Copy`.
static GIVEN: AtomicUsize = AtomicUsize::new(0);
static TAKEN: AtomicUsize = AtomicUsize::new(0);
static MOST: AtomicUsize = AtomicUsize::new(0);

struct Counting;

impl tokio::io::AsyncWrite for Counting {
    fn poll_write(
        self: std::pin::Pin<&mut Self>,
        _: &mut std::task::Context<'_>,
        bytes: &[u8],
    ) -> std::task::Poll<std::io::Result<usize>> {
        let held = GIVEN.load(Ordering::SeqCst) - TAKEN.fetch_add(bytes.len(), Ordering::SeqCst);
        MOST.fetch_max(held, Ordering::SeqCst);
        std::task::Poll::Ready(Ok(bytes.len()))
    }

    fn poll_flush(
        self: std::pin::Pin<&mut Self>,
        _: &mut std::task::Context<'_>,
    ) -> std::task::Poll<std::io::Result<()>> {
        std::task::Poll::Ready(Ok(()))
    }

    fn poll_shutdown(
        self: std::pin::Pin<&mut Self>,
        _: &mut std::task::Context<'_>,
    ) -> std::task::Poll<std::io::Result<()>> {
        std::task::Poll::Ready(Ok(()))
    }
}

endpoint! {
    Copy: Raw<Multipart> => ();
    |config| {
        config.post("/copy");
        config.allow_anonymous();
        config.body_limit_bytes(100_000_000);
    }
    |raw, cx| {
        let mut form = raw.body;
        let mut part = form.next_part().await?.ok_or("there is no part")?;
        let count = part.copy_to(&mut Counting).await?;
        cx.send.string_async(count.to_string()).await
    }
}

fn app() -> Application {
    Host::empty().endpoint::<Upload>().endpoint::<Copy>().build().unwrap()
}

const KIND: &str = "multipart/form-data; boundary=XX";

/// Sends the body in pieces of this many bytes.
async fn send(target: &str, kind: &str, body: &str, piece: usize) -> String {
    let pieces: Vec<_> = body
        .as_bytes()
        .chunks(piece)
        .map(|piece| Ok::<_, std::io::Error>(Frame::data(Bytes::copy_from_slice(piece))))
        .collect();
    let body = StreamBody::new(stream::iter(pieces));
    let request = Request::post(target).header("content-type", kind);
    ask(&app(), request.body(body).unwrap()).await
}

fn part(head: &str, body: &str) -> String {
    format!("--XX\r\nContent-Disposition: form-data; {head}\r\n\r\n{body}\r\n")
}

#[tokio::test]
async fn parts_are_read_in_order_however_the_body_is_split() {
    let file = "name=\"photo\"; filename=\"C:\\dir/../a b.png\"\r\nContent-Type: image/png";
    let body = [
        part("name=\"title\"", "a\r\n--X\r\nb"),
        part("name=\"skipped\"", &"s".repeat(40_000)),
        part(file, "bytes"),
        part("name=\"none\"; filename=\"\"", ""),
        "--XX--\r\nepilogue".to_owned(),
    ]
    .concat();
    let whole = send("/albums/7/photos", KIND, &body, usize::MAX).await;
    assert_snapshot!(whole, @r#"
    200 OK
    content-type: text/plain; charset=utf-8

    album 7
    title field None "a\r\n--X\r\nb"
    photo file Some("a b.png") Some("image/png") "bytes"
    none field None ""
    "#);
    for piece in [1, 2, 7, 4096] {
        assert_eq!(send("/albums/7/photos", KIND, &body, piece).await, whole, "{piece}");
    }
}

#[tokio::test]
async fn parts_from_the_test_client_are_read_unchanged() {
    let app = TestApp::new(Host::empty().endpoint::<Upload>()).unwrap();
    let parts = hyperpoint_testing::Multipart::new()
        .text("title", "two\r\nlines, \"quoted\"")
        .file("photo", "a \"b\".png", "image/png", "--bytes\r\n");
    let call = app.send_as::<Upload>(&serde_json::json!({ "id": 7 })).multipart(parts);
    // A quote in a file name is sent as browsers send it, and read back.
    assert_snapshot!(call.answer().await.unwrap().text(), @r#"
    album 7
    title field None "two\r\nlines, \"quoted\""
    photo file Some("a \"b\".png") Some("image/png") "--bytes\r\n"
    "#);
}

/// Sends one part with this head as bytes, and returns the description of what was read.
async fn send_part(head: &[u8], content: &str) -> String {
    let start = b"--XX\r\nContent-Disposition: form-data; ".as_slice();
    let body = [start, head, b"\r\n\r\n", content.as_bytes(), b"\r\n--XX--\r\n"].concat();
    let request = Request::post("/albums/7/photos").header("content-type", KIND);
    ask(&app(), request.body(Full::new(Bytes::from(body))).unwrap()).await
}

#[tokio::test]
async fn a_part_with_a_file_name_is_a_file_whatever_the_name_is() {
    let mut told = Vec::new();
    for head in [
        b"name=\"f\"; filename*=UTF-8''%C3%BCber.txt".as_slice(),
        b"name=f; filename=\"=?utf-8?B?w7w=?=\"; filename*=utf-8''%C3%BC",
        b"name=\"f\"; filename=\"\xfc.txt\"",
        b"name=\"f\"; filename=\"\x95\x5c.pdf\"",
        b"NAME=\"f\"; FileName=\"a.txt\"",
        b"name=\"f\"; filename=\"a\\\"",
        b"name=\"f\"; filename=\"dir/\"",
        b"name=\"f\"; filename=\"1\\\"2.jpg\"",
        b"name=\"f\"; filename=\"\"",
        b"filename=\"x; name=evil\"; name=\"real\"",
        b"name=\"x; filename=evil\"",
    ] {
        let answer = send_part(head, "bytes").await;
        told.push(answer.rsplit('\n').next().unwrap().to_owned());
    }
    assert_snapshot!(told.join("\n"), @r#"
    f file Some("über.txt") None "bytes"
    f file Some("ü") None "bytes"
    f file Some("�.txt") None "bytes"
    f file Some(".pdf") None "bytes"
    f file Some("a.txt") None "bytes"
    f file Some("a") None "bytes"
    f file Some("dir") None "bytes"
    f file Some("1\"2.jpg") None "bytes"
    f file None None "bytes"
    real file Some("x; name=evil") None "bytes"
    x; filename=evil field None "bytes"
    "#);
    let empty = send_part(b"name=\"f\"; filename=\"\"", "").await;
    assert!(empty.ends_with("f field None \"\""), "{empty}");
}

#[tokio::test]
async fn a_part_with_an_ambiguous_name_is_refused() {
    let mut told = Vec::new();
    for head in [
        b"name=\"a\"; name=\"b\"".as_slice(),
        b"name=\"a\"; filename=\"b",
        b"name=\"\xfc\"",
        b"name=\"f\"; filename=\"..\"",
    ] {
        told.push(refused(&send_part(head, "bytes").await, "400"));
    }
    told.push(refused(
        &send_part(b"name=\"f\"\r\ncontent-type: text/plain; charset=latin1", "x").await,
        "415",
    ));
    assert_snapshot!(told.join("\n"), @r#"
    "the Content-Disposition of a part has a parameter twice"
    "the Content-Disposition of a part has a quotation mark that is not closed"
    "the Content-Disposition of a part has a name that is not UTF-8"
    "`..` is not a valid file name"
    [{"code":"invalid","name":"f","reason":"has the charset `latin1`; send UTF-8"}]
    "#);
}

#[tokio::test]
async fn unusual_parts_are_read_unchanged_or_refused() {
    let nested = "name=\"f\"\r\nContent-Type: multipart/mixed; boundary=YY";
    let body = [
        part("filename=a", "no field name"),
        part(nested, "--YY\r\n\r\ninner\r\n--YY--"),
        part("name=\"last\"\r\nx-odd: \u{e9}", ""),
        "--XX--\r\n".to_owned(),
    ];
    let answer = send("/albums/7/photos", KIND, &body.concat(), usize::MAX).await;
    assert_snapshot!(answer, @r#"
    200 OK
    content-type: text/plain; charset=utf-8

    album 7
    ? file Some("a") None "no field name"
    f field Some("multipart/mixed; boundary=YY") "--YY\r\n\r\ninner\r\n--YY--"
    last field None ""
    "#);
    assert_eq!(send("/albums/7/photos", KIND, &body.concat(), 1).await, answer);
    // A part without headers would take the head of the next part as its own end.
    for head in ["", "Content-Type: text/plain\r\n", "\u{1}\r\n", "a b: c\r\n", "name\0: x\r\n"] {
        let body = format!("--XX\r\n{head}\r\nx\r\n") + &part("name=a", "") + "--XX--\r\n";
        assert!(send("/albums/7/photos", KIND, &body, 99).await.starts_with("400"), "{head:?}");
    }
}

#[tokio::test]
async fn a_boundary_needs_no_quotes() {
    for boundary in ["----=_Part_1_123.456", "a'b()+_,-./:=?c"] {
        let body =
            (part("name=\"a\"", "b") + "--XX--\r\n").replace("--XX", &format!("--{boundary}"));
        for kind in [
            format!("multipart/form-data; boundary={boundary}"),
            format!("Multipart/Form-Data;charset=utf-8; BOUNDARY=\"{boundary}\";"),
        ] {
            let answer = send("/albums/7/photos", &kind, &body, 99).await;
            assert!(answer.ends_with("a field None \"b\""), "{kind}: {answer}");
        }
    }
}

#[tokio::test]
async fn a_body_that_is_malformed_or_too_large_is_refused() {
    let end = "--XX--\r\n";
    let many: String = (0..101).map(|_| part("name=\"a\"", "")).collect();
    let told = [
        ("415", send("/albums/7/photos", "text/plain", end, 99).await),
        ("415", send("/albums/7/photos", "multipart/form-data", end, 99).await),
        ("400", send("/albums/7/photos", KIND, &part("name=\"a\"", "b"), 99).await),
        ("400", send("/albums/7/photos", KIND, "--XX\r\nno header", 99).await),
        ("400", send("/albums/7/photos", KIND, "", 99).await),
        (
            "400",
            send("/albums/7/photos", KIND, &format!("--XX\r\na: {}", "x".repeat(60_000)), 999)
                .await,
        ),
        ("400", send("/albums/7/photos", KIND, &"x".repeat(60_000), 60_000).await),
        (
            "413",
            send("/albums/7/photos", KIND, &part("name=\"a\"", &"x".repeat(10_001)), 999).await,
        ),
        (
            "413",
            send("/albums/7/photos", KIND, &part("name=\"skipped\"", &"x".repeat(100_001)), 999)
                .await,
        ),
        ("413", send("/albums/7/photos", KIND, &(many + end), 999).await),
        ("400", send("/albums/x/photos", KIND, end, 99).await),
    ];
    let told = told.iter().map(|(status, answer)| format!("{status} {}", refused(answer, status)));
    assert_snapshot!(told.collect::<Vec<_>>().join("\n"), @r#"
    415 "the body is `text/plain`; send `multipart/form-data` with its boundary"
    415 "the body is `multipart/form-data`; send `multipart/form-data` with its boundary"
    400 "the multipart body is malformed"
    400 "the multipart body is malformed"
    400 "the multipart body is malformed"
    400 "the headers of a part are too large"
    400 "the headers of a part are too large"
    413 [{"code":"too_large","name":"a","reason":"is larger than 10000 bytes"}]
    413 "the body is larger than 100000 bytes"
    413 "the body has too many parts"
    400 [{"code":"invalid","name":"id","reason":"invalid value: string \"x\", expected an integer from 0 to 4294967295"}]
    "#);
}

#[tokio::test]
async fn a_file_is_never_held_in_memory_as_a_whole() {
    const PIECE: usize = 50_000;
    const PIECES: usize = 400;
    let head = Bytes::from(
        part("name=\"file\"; filename=\"large\"", "").trim_end().to_owned() + "\r\n\r\n",
    );
    let head = head.slice(..head.len());
    let pieces = (0..PIECES + 2).map(move |number| {
        let piece = match number {
            0 => head.clone(),
            _ if number <= PIECES => Bytes::from(vec![b'x'; PIECE]),
            _ => Bytes::from_static(b"\r\n--XX--\r\n"),
        };
        GIVEN.fetch_add(piece.len(), Ordering::SeqCst);
        Ok::<_, std::io::Error>(Frame::data(piece))
    });
    let request = Request::post("/copy").header("content-type", KIND);
    let answer = ask(&app(), request.body(StreamBody::new(stream::iter(pieces))).unwrap()).await;
    assert!(answer.ends_with(&format!("\n{}", PIECE * PIECES)), "{answer}");
    let most = MOST.load(Ordering::SeqCst);
    assert!(most < 4 * PIECE, "{most} bytes were held");
}

#[tokio::test]
async fn a_form_of_parts_may_be_answered_by_a_stream() {
    let app = crate::everything::everything().build().unwrap();
    let part = |name: &str, value: &str| {
        format!("--x\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n")
    };
    let body = format!("{}{}--x--\r\n", part("prompt", "tea"), part("stream", "true"));
    let request = Request::post("/completions")
        .header("content-type", "multipart/form-data; boundary=x")
        .body(body)
        .unwrap();
    let answer = ask(&app, request).await;
    assert!(answer.starts_with("200 OK") && answer.contains("event: delta"), "{answer}");
}

#[tokio::test]
async fn what_follows_a_form_counts_against_its_limit_before_a_stream() {
    let form = "--x\r\nContent-Disposition: form-data; name=\"prompt\"\r\n\r\ntea\r\n\
        --x\r\nContent-Disposition: form-data; name=\"stream\"\r\n\r\ntrue\r\n--x--\r\n";
    let app = crate::everything::everything().options(|options| options.body_limit_bytes = 60_000);
    let app = app.build().unwrap();
    let ask_with = async |bytes: usize| {
        let epilogue = Bytes::from(vec![b'x'; bytes]);
        let pieces =
            [Bytes::from_static(form.as_bytes()), Bytes::from(vec![b'x'; 40_000]), epilogue];
        let pieces = pieces.map(|piece| Ok::<_, std::io::Error>(Frame::data(piece)));
        let request = Request::post("/completions");
        let request = request.header("content-type", "multipart/form-data; boundary=x");
        let body = StreamBody::new(stream::iter(pieces));
        ask(&app, request.body(body).unwrap()).await
    };
    assert!(ask_with(10_000).await.starts_with("200 OK"));
    assert!(ask_with(30_000).await.starts_with("413"));
}
