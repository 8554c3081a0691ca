//! Forms with files as fields of the request type.

use std::time::{Duration, Instant};

use bytes::Bytes;
use futures_util::{StreamExt, stream};
use http::{Request, StatusCode};
use http_body::Frame;
use http_body_util::StreamBody;
use hyperpoint::Application;
use hyperpoint::prelude::*;
use hyperpoint_testing::{Multipart, TestApp};
use tower::ServiceExt;

use crate::http::{ask, endpoint};
use crate::wire::eventually;
use crate::wire::raw::Raw;

#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
struct Book {
    title: String,
    pages: Option<u32>,
    binding: Binding,
    #[serde(default)]
    tags: Vec<String>,
    cover: from::File,
    sample: Option<from::File>,
    #[serde(default)]
    sources: Vec<from::File>,
    #[serde(default)]
    authors: Vec<Author>,
    #[serde(flatten)]
    more: More,
}

#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
enum Binding {
    Hard,
    Soft,
}

#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
struct Author {
    name: String,
    photo: from::File,
    #[serde(default)]
    letters: Vec<from::File>,
}

#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
struct More {
    back: Option<from::File>,
    spine: Option<from::File>,
}

endpoint! {
    /// Describes the book, with the content of its files.
    AddBook: Book => ();
    |config| {
        config.post("/books");
        config.allow_anonymous();
        config.body_limit_bytes(1_000_000);
    }
    |book, cx| {
        let mut told = vec![format!("{} {:?} {:?} {:?}", book.title, book.pages, book.binding, book.tags)];
        told.push(described("cover", &book.cover).await?);
        let named = [("sample", &book.sample), ("back", &book.more.back), ("spine", &book.more.spine)];
        for (name, file) in named {
            if let Some(file) = file {
                told.push(described(name, file).await?);
            }
        }
        for source in &book.sources {
            told.push(described("source", source).await?);
        }
        for author in &book.authors {
            told.push(described(&author.name, &author.photo).await?);
            for letter in &author.letters {
                told.push(described("letter", letter).await?);
            }
        }
        cx.send.string_async(told.join("\n")).await
    }
}

async fn described(field: &str, file: &from::File) -> Result<String> {
    let (name, kind) = (file.file_name().unwrap_or("-"), file.content_type().unwrap_or("-"));
    let text = file.text().await?;
    let text = if text.len() > 10 { format!("{} bytes", text.len()) } else { text };
    Ok(format!("{field}: {name} {kind} {text}"))
}

#[derive(Debug, Deserialize, JsonSchema)]
struct Upload {
    case: from::Query<String>,
    form: from::Form<UploadForm>,
}

#[derive(Debug, Deserialize, JsonSchema)]
struct UploadForm {
    file: from::File,
}

endpoint! {
    /// Responds with the number of temporary files while it has one.
    Large: Upload => usize;
    |config| {
        config.post("/large");
        config.allow_anonymous();
        config.body_limit_bytes(300_000);
    }
    |upload, cx| {
        assert!(*upload.case != "panic", "as the test asked");
        let mut copy = Vec::new();
        assert_eq!(upload.form.file.copy_to(&mut copy).await?, upload.form.file.len_bytes());
        assert_eq!(copy, upload.form.file.bytes().await?);
        cx.send.ok_async(temporary_files()).await
    }
}

#[derive(Debug, Deserialize, JsonSchema)]
#[expect(dead_code, reason = "the fields are compared as `Debug` text")]
struct Note {
    text: String,
    #[serde(default)]
    lines: Vec<u8>,
}

endpoint! {
    AddNote: Note => ();
    |config| {
        config.post("/notes");
        config.allow_anonymous();
    }
    |note, cx| { cx.send.string_async(format!("{note:?}")).await }
}

fn app() -> Application {
    let host = Host::empty().endpoint::<AddBook>().endpoint::<Large>();
    host.endpoint::<AddNote>().build().unwrap()
}

async fn post(app: &Application, path: &str, form: Multipart) -> String {
    let request = Request::post(path).header("content-type", form.content_type());
    ask(app, request.body(http_body_util::Full::new(form.into_bytes())).unwrap()).await
}

fn book() -> Multipart {
    Multipart::new().text("title", "Rust").text("binding", "soft").file(
        "cover",
        "c.png",
        "image/png",
        "C",
    )
}

/// Returns the number of temporary files without a name that this process has open.
fn temporary_files() -> usize {
    let open = std::fs::read_dir("/proc/self/fd").unwrap().filter_map(Result::ok);
    let targets = open.filter_map(|file| std::fs::read_link(file.path()).ok());
    let is_temporary = |path: &std::path::PathBuf| {
        let path = path.to_string_lossy();
        path.starts_with(&*std::env::temp_dir().to_string_lossy()) && path.ends_with(" (deleted)")
    };
    targets.filter(is_temporary).count()
}

/// Waits until no temporary file is open: a blocking thread may still close it.
async fn without_temporary_files(case: &str) {
    let start = Instant::now();
    while temporary_files() > 0 {
        assert!(start.elapsed() < Duration::from_secs(10), "{case}: {} files", temporary_files());
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn files_are_fields_beside_others() {
    let form = book().text("pages", "7").text("tags", "a").text("tags", "b");
    let form =
        form.file("sources[1]", "2.rs", "text/x", "S2").file("sources[0]", "1.rs", "text/x", "S1");
    let form = form.text("authors[0].name", "Ann").file("authors[0].photo", "a.png", "i/p", "A");
    let form = form.text("authors[1][name]", "Bob").file("authors[1][photo]", "b.png", "i/p", "B");
    let form = form.file("authors[1].letters", "l1", "t", "L1").file(
        "authors[1].letters",
        "l2",
        "t",
        "L2",
    );
    let form = form.file("back", "../../etc/passwd", "x/y", "K").file("unknown", "u", "u/u", "U");
    let text = post(&app(), "/books", form).await;
    insta::assert_snapshot!(text.split_once("\n\n").unwrap().1, @r#"
    Rust Some(7) Soft ["a", "b"]
    cover: c.png image/png C
    back: passwd x/y K
    source: 1.rs text/x S1
    source: 2.rs text/x S2
    Ann: a.png i/p A
    Bob: b.png i/p B
    letter: l1 t L1
    letter: l2 t L2
    "#);
}

#[tokio::test]
async fn an_empty_file_input_is_no_file() {
    let empty = |form: Multipart, name| form.file(name, "", "application/octet-stream", "");
    let text = post(&app(), "/books", empty(empty(book(), "sample"), "sources")).await;
    assert!(text.ends_with("Rust None Soft []\ncover: c.png image/png C"), "{text}");
    let form = Multipart::new().text("title", "Rust").text("binding", "soft");
    let text = post(&app(), "/books", empty(form, "cover")).await;
    assert!(text.contains(r#""name":"cover","reason":"expected a file, found text"#), "{text}");
}

#[tokio::test]
async fn a_form_whose_files_do_not_fit_is_refused() {
    let app = app();
    let missing = Multipart::new().text("title", "Rust").file("sample", "s", "t", "S");
    let text = post(&app, "/books", missing).await;
    assert!(text.contains(r#""name":"binding","reason":"is missing from the form"#), "{text}");
    assert!(text.contains(r#""name":"cover","reason":"is missing from the form"#), "{text}");
    for (form, name, reason) in [
        (book().file("title", "t", "t", "T"), "title", "is a file; send text"),
        (book().file("pages", "t", "t", "T"), "pages", "is a file; send text"),
        (book().text("sample", "0"), "sample", "expected a file, found text"),
        (book().text("spine", "0"), "spine", "invalid type: string \\\"0\\\", expected a file"),
        (book().file("cover", "t", "t", "T"), "cover", "expected one file, found 2"),
        (book().text("cover", "0"), "cover", "is sent as a file and as text"),
        (book().text("pages", "x"), "pages", "invalid value"),
        (book().file("authors[0].photo", "p", "t", "P"), "authors[0].name", "is missing"),
        (book().file("sources[4000000000]", "p", "t", "P"), "sources", "is a list whose indexes"),
    ] {
        let text = post(&app, "/books", form).await;
        assert!(text.starts_with("400"), "{text}");
        assert!(text.contains(&format!(r#""name":"{name}","reason":"{reason}"#)), "{name}: {text}");
    }
}

#[tokio::test]
async fn no_other_body_pretends_to_have_files() {
    let app = app();
    for (kind, body) in [
        ("application/json", r#"{"title":"Rust","binding":"soft","cover":0,"back":0}"#),
        ("application/x-www-form-urlencoded", "title=Rust&binding=soft&cover=0&back=0"),
    ] {
        let request = Request::post("/books").header("content-type", kind);
        let text = ask(&app, request.body(body.to_owned()).unwrap()).await;
        assert!(text.starts_with("415") && text.contains("send `multipart/form-data`"), "{text}");
    }
    // A valid file beside texts that are its index.
    for name in ["back", "spine", "sample"] {
        let text = post(&app, "/books", book().text(name, "0")).await;
        assert!(text.starts_with("400") && text.contains("expected a file"), "{text}");
    }
}

#[tokio::test]
async fn the_number_of_parts_and_the_size_of_texts_are_bounded() {
    let app = app();
    let many = (0..101).fold(book(), |form, at| form.file("sources", &at.to_string(), "t", "x"));
    assert!(post(&app, "/books", many).await.starts_with("413"));
    let many = (0..99).fold(book(), |form, at| form.file("sources", &at.to_string(), "t", "x"));
    assert!(post(&app, "/books", many).await.starts_with("200"));
    let many = (0..10_000).fold(Multipart::new(), |form, _| form.text("text", "x"));
    assert!(post(&app, "/notes", many).await.starts_with("413"));
    assert!(post(&app, "/books", book().text("", "x")).await.starts_with("200"));
}

#[tokio::test]
async fn a_form_without_files_may_come_in_parts() {
    let form = Multipart::new().text("text", "a").text("lines[0]", "1").text("lines[1]", "2");
    let text = post(&app(), "/notes", form).await;
    assert!(text.ends_with(r#"Note { text: "a", lines: [1, 2] }"#), "{text}");
    let form = Multipart::new().file("text", "a.txt", "text/plain", "a");
    let text = post(&app(), "/notes", form).await;
    assert!(text.contains(r#""name":"text","reason":"is a file; send text""#), "{text}");
}

#[tokio::test]
async fn a_large_file_is_on_disk_until_the_request_ends() {
    let app = app();
    let large = |bytes: usize| Multipart::new().file("file", "l.bin", "x/y", "x".repeat(bytes));
    let in_memory = post(&app, "/large?case=ok", large(64 * 1024)).await;
    assert!(in_memory.ends_with("\n0"), "{in_memory}");
    for (case, bytes, answer) in
        [("ok", 200_000, "\n1"), ("panic", 200_000, "500"), ("ok", 400_000, "413")]
    {
        let text = post(&app, &format!("/large?case={case}"), large(bytes)).await;
        assert!(text.ends_with(answer) || text.starts_with(answer), "{case} {bytes}: {text}");
        without_temporary_files(case).await;
    }
    // The body arrives in pieces, of which the last is over the limit, or breaks off.
    for case in ["over", "cut", "gone"] {
        let form = large(if case == "over" { 400_000 } else { 250_000 });
        let kind = form.content_type();
        let bytes = form.into_bytes();
        let sent = if case == "over" { bytes.len() } else { 200_000 };
        let pieces: Vec<_> = bytes[..sent].chunks(10_000).map(Bytes::copy_from_slice).collect();
        let pieces = stream::iter(pieces).map(|piece| Ok::<_, std::io::Error>(Frame::data(piece)));
        let request = Request::post("/large?case=ok").header("content-type", kind);
        if case == "gone" {
            let body = StreamBody::new(pieces.chain(stream::pending()));
            let mut answer = Box::pin(app.clone().oneshot(request.body(body).unwrap()));
            let start = Instant::now();
            while temporary_files() == 0 {
                assert!(start.elapsed() < Duration::from_secs(10));
                assert!(futures_util::poll!(&mut answer).is_pending());
                tokio::task::yield_now().await;
            }
            drop(answer);
        } else {
            let text = ask(&app, request.body(StreamBody::new(pieces)).unwrap()).await;
            assert!(text.starts_with(if case == "over" { "413" } else { "400" }), "{text}");
        }
        without_temporary_files(case).await;
    }
    stop_while_a_file_arrives().await;
}

/// Stops a host that waits for the rest of a file. In one test with the others: these count the files of
/// the whole process.
async fn stop_while_a_file_arrives() {
    let host = Host::empty().endpoint::<Large>().bind("127.0.0.1:0");
    let host = host.options(|options| options.drain_window = Duration::from_millis(50));
    let running = host.start().await.unwrap();
    let form = Multipart::new().file("file", "l.bin", "x/y", "x".repeat(250_000));
    let head = format!(
        "POST /large?case=ok HTTP/1.1\r\nHost: x\r\nContent-Type: {}\r\nContent-Length: 260000\r\n\r\n",
        form.content_type()
    );
    let mut client = Raw::open(running.address(), head).await;
    client.write(&form.into_bytes()[..200_000]).await;
    eventually(|| temporary_files() > 0).await;
    running.stop().await;
    without_temporary_files("stop").await;
}

#[tokio::test]
async fn the_test_client_sends_files() -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
    let app = TestApp::new(Host::empty().endpoint::<AddBook>())?;
    let file = |name: &str| from::File::new(name, "text/plain", name.to_owned());
    let author =
        Author { name: "Ann".into(), photo: file("p"), letters: vec![file("l\"1"), file("l2")] };
    let book = Book {
        title: "Rust".into(),
        pages: None,
        binding: Binding::Hard,
        tags: vec!["a".into(), "b".into()],
        cover: file("c"),
        sample: None,
        sources: vec![file("s")],
        authors: vec![author],
        more: More { back: Some(file("b")), spine: None },
    };
    let answer = app.send::<AddBook>(&book).answer().await?;
    assert_eq!(answer.status(), StatusCode::OK);
    let text = String::from_utf8(answer.bytes().to_vec())?;
    insta::assert_snapshot!(text, @r#"
    Rust None Hard ["a", "b"]
    cover: c text/plain c
    back: b text/plain b
    source: s text/plain s
    Ann: p text/plain p
    letter: l"1 text/plain l"1
    letter: l2 text/plain l2
    "#);
    let told = serde_json::to_value(&book.cover)?;
    assert_eq!(told, serde_json::json!({ "name": "c", "contentType": "text/plain", "bytes": 1 }));
    Ok(())
}

#[derive(Debug, Deserialize, JsonSchema)]
#[expect(dead_code, reason = "the host does not start")]
struct Misplaced {
    photo: Option<from::File>,
    #[serde(rename = "x-file")]
    header: from::Header<from::File>,
    cookie: from::Cookie<from::File>,
    claim: from::Claim<Option<from::File>>,
    query: from::Query<from::File>,
    body: from::Body<UploadForm>,
}

endpoint! {
    GetMisplaced: Misplaced => ();
    |config| {
        config.delete("/misplaced");
        config.allow_anonymous();
    }
    |_, cx| { cx.send.no_content_async().await }
}

#[test]
fn a_file_that_no_form_sends_is_a_configuration_error() {
    let report = Host::empty().endpoint::<GetMisplaced>().build().unwrap_err().to_string();
    for (name, source) in [
        ("photo", "the query"),
        ("x-file", "a header"),
        ("cookie", "a cookie"),
        ("claim", "a claim"),
        ("query", "the query"),
        ("body", "JSON"),
    ] {
        let text = format!("field `{name}` is a file or contains one, and comes from {source};");
        assert!(report.contains(&text), "{report}");
    }
}
