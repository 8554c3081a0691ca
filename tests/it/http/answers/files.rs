//! Files as responses: their headers, and which files are not served.

use std::path::Path;
use std::time::{Duration, SystemTime};

use hyperpoint::prelude::*;
use hyperpoint::{Application, FileRoot, ServedFile};
use insta::assert_snapshot;
use socket2::SockRef;
use tempfile::TempDir;

use crate::http::{endpoint, get};
use crate::wire::raw::Raw;
use crate::wire::{eventually, within};

#[derive(Deserialize, JsonSchema)]
struct Named {
    name: String,
}

/// The files of a folder, by the names in the request path.
#[derive(Endpoint)]
#[endpoint(by_hand)]
struct Files {
    root: Arc<FileRoot>,
}

impl Endpoint for Files {
    type Request = Named;
    type Response = ();

    fn configure(config: &mut Config) {
        config.get("/files/{*name}");
        config.allow_anonymous();
    }

    async fn handle(&self, Named { name }: Named, cx: Cx<'_, Self>) -> Result {
        cx.send.file_async(self.root.file(&name)).await
    }
}

endpoint! {
    Own: Named => ();
    |config| {
        config.get("/own/{name}");
        config.allow_anonymous();
    }
    |Named { name }, cx| {
        let manifest = Path::new(env!("CARGO_MANIFEST_DIR")).join("Cargo.toml");
        let send = cx.send;
        match name.as_str() {
            "literal" => send.file_async("no such file").await,
            "save" => send.download("März: Übersicht.toml").file_async(ServedFile::at(manifest)).await,
            "show" => send.inline("a.toml").file_async(ServedFile::at(manifest)).await,
            "typed" => send.file_async(ServedFile::at(manifest).content_type("text/x-own")).await,
            "bad-type" => send.file_async(ServedFile::at(manifest).content_type("a\nb")).await,
            "open" => {
                let file = std::fs::File::open(manifest)?;
                send.file_async(ServedFile::opened(file).content_type("text/plain")).await
            }
            _ => send.file_async(ServedFile::at(manifest.with_file_name(""))).await,
        }
    }
}

/// The modification time of the files of these tests.
pub(super) const CHANGED: Duration = Duration::from_secs(784_111_777);

/// A folder with files, and a host that serves them. A file that must not be served is beside the
/// folder.
pub(super) fn folder() -> (TempDir, Host) {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path().join("root");
    std::fs::create_dir_all(root.join("deep/folder.d")).unwrap();
    std::fs::create_dir_all(root.join(".git")).unwrap();
    for (name, text) in [
        ("hello.txt", "höi\n"),
        ("digits.bin", "0123456789"),
        ("deep/page.html", "<p>"),
        ("deep/a b%c.unknown", "?"),
        ("empty.txt", ""),
        (".git/config", "secret"),
        (".env", "secret"),
        ("../beside.txt", "secret"),
    ] {
        let path = root.join(name);
        std::fs::write(&path, text).unwrap();
        let file = std::fs::File::options().write(true).open(path).unwrap();
        file.set_modified(SystemTime::UNIX_EPOCH + CHANGED).unwrap();
    }
    let host = Host::empty().endpoint::<Files>().endpoint::<Own>();
    (folder, host.service(Arc::new(FileRoot::new(root))).bind("127.0.0.1:0"))
}

fn app() -> (TempDir, Application) {
    let (folder, host) = folder();
    (folder, host.build().unwrap())
}

#[tokio::test]
async fn a_file_has_its_type_its_version_and_its_length() {
    let (_folder, app) = app();
    assert_snapshot!(get(&app, "/files/hello.txt").await, @r#"
    200 OK
    accept-ranges: bytes
    content-type: text/plain; charset=utf-8
    etag: "ae1b981bc490a00-5"
    last-modified: Sun, 06 Nov 1994 08:49:37 GMT
    x-content-type-options: nosniff

    höi
    "#);
    assert_snapshot!(get(&app, "/files/deep/page.html").await, @r#"
    200 OK
    accept-ranges: bytes
    content-type: text/html; charset=utf-8
    etag: "ae1b981bc490a00-3"
    last-modified: Sun, 06 Nov 1994 08:49:37 GMT
    x-content-type-options: nosniff

    <p>
    "#);
    assert_snapshot!(get(&app, "/files/deep/a%20b%25c.unknown").await, @r#"
    200 OK
    accept-ranges: bytes
    content-type: application/octet-stream
    etag: "ae1b981bc490a00-1"
    last-modified: Sun, 06 Nov 1994 08:49:37 GMT
    x-content-type-options: nosniff

    ?
    "#);
    assert_snapshot!(get(&app, "/files/empty.txt").await, @r#"
    200 OK
    accept-ranges: bytes
    content-type: text/plain; charset=utf-8
    etag: "ae1b981bc490a00-0"
    last-modified: Sun, 06 Nov 1994 08:49:37 GMT
    x-content-type-options: nosniff
    "#);
}

#[tokio::test]
async fn nothing_outside_the_root_is_found() {
    let (folder, app) = app();
    let root = folder.path().join("root");
    #[cfg(unix)]
    {
        std::os::unix::fs::symlink(folder.path().join("beside.txt"), root.join("out.txt")).unwrap();
        std::os::unix::fs::symlink(folder.path(), root.join("up")).unwrap();
        std::os::unix::fs::symlink(root.join("hello.txt"), root.join("in.txt")).unwrap();
        assert!(get(&app, "/files/in.txt").await.ends_with("höi\n"));
    }
    let absolute = folder.path().join("beside.txt");
    let absolute = format!("{}", absolute.display());
    for path in [
        "../beside.txt",
        "..%2Fbeside.txt",
        "%2e%2e/beside.txt",
        "deep/../../beside.txt",
        "deep%2F..%2F..%2Fbeside.txt",
        "./hello.txt",
        "deep//page.html",
        "deep/",
        "deep",
        "hello.txt/",
        "hello.txt/x",
        "hello.txt%00",
        ".env",
        ".git/config",
        "out.txt",
        "up/beside.txt",
        "missing.txt",
        &absolute,
        &absolute.replace('/', "%2F"),
        &"a".repeat(5_000),
    ] {
        let answer = get(&app, &format!("/files/{path}")).await;
        assert!(answer.starts_with("404 "), "{path}: {answer}");
        assert!(!answer.contains("etag") && !answer.contains("secret"), "{path}: {answer}");
    }
}

#[tokio::test]
async fn a_file_is_sent_with_the_options_of_the_handler() {
    let (_folder, app) = app();
    let answer = get(&app, "/own/save").await;
    let name = "content-disposition: attachment; filename=\"M_rz: _bersicht.toml\"; \
                filename*=UTF-8''M%C3%A4rz%3A%20%C3%9Cbersicht.toml\n";
    assert!(answer.contains(name), "{answer}");
    for (kind, expected) in [
        ("show", "content-disposition: inline; filename=\"a.toml\"\n"),
        ("typed", "content-type: text/x-own\n"),
        ("open", "content-type: text/plain\n"),
    ] {
        let answer = get(&app, &format!("/own/{kind}")).await;
        assert!(answer.starts_with("200 ") && answer.contains(expected), "{answer}");
        assert!(answer.contains("hyperpoint-tests"), "{answer}");
    }
    for (kind, status) in [("literal", "404 "), ("folder", "404 "), ("bad-type", "500 ")] {
        let answer = get(&app, &format!("/own/{kind}")).await;
        assert!(answer.starts_with(status) && answer.contains("problem+json"), "{answer}");
    }
}

#[cfg(unix)]
#[tokio::test]
async fn a_named_pipe_in_the_folder_is_not_served_and_blocks_no_request() {
    let (folder, app) = app();
    let pipe = folder.path().join("root/pipe");
    let mode = rustix::fs::Mode::from_raw_mode(0o600);
    rustix::fs::mknodat(rustix::fs::CWD, &pipe, rustix::fs::FileType::Fifo, mode, 0).unwrap();
    let answer = within(get(&app, "/files/pipe")).await;
    assert!(answer.starts_with("404 "), "{answer}");
}

#[tokio::test]
async fn head_has_the_length_and_no_body() {
    let (_folder, host) = folder();
    let running = host.start().await.unwrap();
    let request = "HEAD /files/digits.bin HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n";
    let mut raw = Raw::open(running.address(), request).await;
    assert_eq!(raw.head().await.header("content-length"), ["10"]);
    assert_eq!(raw.until_close().await, b"");
}

/// Returns how far this process has read the file, or `None` if the file is not open.
#[cfg(target_os = "linux")]
fn read_up_to(path: &Path) -> Option<u64> {
    let open = std::fs::read_dir("/proc/self/fd").unwrap();
    let mut open = open.filter_map(Result::ok);
    let found = open.find(|entry| std::fs::read_link(entry.path()).is_ok_and(|to| to == path))?;
    let info = Path::new("/proc/self/fdinfo").join(found.file_name());
    let info = std::fs::read_to_string(info).ok()?;
    info.lines().find_map(|line| line.strip_prefix("pos:")?.trim().parse().ok())
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn a_file_is_read_at_the_pace_of_the_client_and_closed_on_disconnect() {
    let (folder, host) = folder();
    let path = folder.path().canonicalize().unwrap().join("root/large.bin");
    let length = 256 * 1024 * 1024;
    std::fs::File::create(&path).unwrap().set_len(length).unwrap();
    let running = host.start().await.unwrap();
    let mut raw = Raw::connect(running.address()).await;
    SockRef::from(raw.socket()).set_recv_buffer_size(16 * 1024).unwrap();
    raw.write("GET /files/large.bin HTTP/1.1\r\nhost: a\r\n\r\n").await;
    assert_eq!(raw.head().await.header("content-length"), [length.to_string()]);
    let mut last = None;
    // The host reads until the socket is full; then the position stays the same.
    eventually(|| std::mem::replace(&mut last, read_up_to(&path)) == last && last > Some(0)).await;
    assert!(last < Some(length / 16), "{last:?}");
    raw.bytes(1024 * 1024).await;
    raw.reset();
    eventually(|| read_up_to(&path).is_none()).await;
}

#[tokio::test]
async fn a_file_that_is_truncated_while_it_is_sent_ends_in_an_error() {
    let (folder, host) = folder();
    let path = folder.path().join("root/large.bin");
    let file = std::fs::File::create(&path).unwrap();
    file.set_len(64 * 1024 * 1024).unwrap();
    let running = host.start().await.unwrap();
    let mut raw = Raw::get(running.address(), "/files/large.bin").await;
    raw.head().await;
    file.set_len(1).unwrap();
    assert!(raw.until_close().await.len() < 64 * 1024 * 1024);
}
