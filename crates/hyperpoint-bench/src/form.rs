//! Measures the time to process a form of three files and ten fields: bound to a struct by
//! Hyperpoint, and read manually with multer. Both variants alternate in one process; the shortest
//! time of all rounds is reported.
//!
//! `cargo run --release -p hyperpoint-bench --features forms --bin bench-form`. An optional
//! argument sets the number of rounds (default: 60). With 2 rounds, a run under Valgrind's
//! callgrind, which counts instructions, takes about a minute.

use std::collections::HashMap;
use std::convert::Infallible;
use std::time::{Duration, Instant};

use bytes::Bytes;
use futures_util::{StreamExt, stream};
use http::{Request, StatusCode};
use http_body_util::StreamBody;
use hyper::body::Frame;
use hyperpoint::prelude::*;
use multer::{Constraints, Multipart, SizeLimit};
use tower::ServiceExt;

type Failure = Box<dyn std::error::Error + Send + Sync>;
type Parts = StreamBody<stream::Iter<std::vec::IntoIter<Result<Frame<Bytes>, Infallible>>>>;

const ROUNDS: usize = 60;
const FORMS: u32 = 500;
const FILE_BYTES: usize = 20_000;
const PIECE_BYTES: usize = 16 * 1024;
const BOUNDARY: &str = "----a-boundary-of-usual-length-0123456789";

#[derive(Deserialize, JsonSchema)]
struct Upload {
    title: String,
    author: String,
    language: String,
    isbn: String,
    pages: u32,
    year: u16,
    price: f64,
    is_new: bool,
    id: Uuid,
    note: Option<String>,
    cover: from::File,
    sample: from::File,
    back: from::File,
}

impl Upload {
    /// Returns a sum over all fields, so that the compiler cannot optimize a field away.
    async fn sum(&self) -> Result<u64> {
        let Self { title, author, language, isbn, note, .. } = self;
        let texts = [title, author, language, isbn].map(String::len).iter().sum::<usize>();
        let files = self.cover.bytes().await?.len() + self.sample.bytes().await?.len();
        let files = files + self.back.bytes().await?.len() + note.as_ref().map_or(0, String::len);
        let numbers = u64::from(self.pages) + u64::from(self.year) + u64::from(self.is_new);
        Ok(texts as u64 + files as u64 + numbers + u64::from(self.price > 0.0 && !self.id.is_nil()))
    }
}

#[derive(Endpoint)]
struct Save;

impl Endpoint for Save {
    type Request = Upload;
    type Response = u64;

    fn configure(config: &mut Config) {
        config.post("/uploads");
        config.allow_anonymous();
    }

    async fn handle(&self, upload: Upload, cx: Cx<'_, Self>) -> Result {
        cx.send.ok_async(upload.sum().await?).await
    }
}

/// Reads the same form manually, with the size limit that Hyperpoint sets, and returns the same
/// sum.
async fn by_hand(request: Request<Parts>) -> Result<u64, Failure> {
    let boundary = multer::parse_boundary(request.headers()["content-type"].to_str()?)?;
    let data = request
        .into_body()
        .filter_map(async |frame| frame.ok()?.into_data().ok().map(Ok::<_, Infallible>));
    let limits = Constraints::new().size_limit(SizeLimit::new().whole_stream(1024 * 1024));
    let mut form = Multipart::with_constraints(data, boundary, limits);
    let (mut texts, mut files) = (HashMap::new(), HashMap::new());
    while let Some(part) = form.next_field().await? {
        let name = part.name().ok_or("a part without a name")?.to_owned();
        match part.file_name().map(str::to_owned) {
            Some(file_name) => {
                let kind = part.content_type().map(ToString::to_string);
                files.insert(name, (file_name, kind, part.bytes().await?));
            }
            None => {
                texts.insert(name, part.text().await?);
            }
        }
    }
    let mut text = |name: &str| texts.remove(name).ok_or_else(|| format!("{name} is missing"));
    let (pages, year): (u32, u16) = (text("pages")?.parse()?, text("year")?.parse()?);
    let (price, is_new): (f64, bool) = (text("price")?.parse()?, text("is_new")?.parse()?);
    let id: Uuid = text("id")?.parse()?;
    let mut sum = u64::from(pages) + u64::from(year) + u64::from(is_new);
    sum += u64::from(price > 0.0 && !id.is_nil());
    for name in ["title", "author", "language", "isbn"] {
        sum += text(name)?.len() as u64;
    }
    sum += text("note").unwrap_or_default().len() as u64;
    for name in ["cover", "sample", "back"] {
        let (_, _, bytes) = files.remove(name).ok_or("a file is missing")?;
        sum += bytes.len() as u64;
    }
    Ok(sum)
}

fn form() -> Bytes {
    let texts = [
        ("title", "The Rust Programming Language"),
        ("author", "Steve Klabnik"),
        ("language", "en"),
        ("isbn", "978-1-7185-0310-6"),
        ("pages", "560"),
        ("year", "2023"),
        ("price", "39.95"),
        ("is_new", "true"),
        ("id", "67e55044-10b1-426f-9247-bb680e5fe0c8"),
        ("note", "second edition"),
    ];
    let mut form = Vec::new();
    let mut part = |name: &str, more: &str, content: &[u8]| {
        let head = format!(
            "--{BOUNDARY}\r\nContent-Disposition: form-data; name=\"{name}\"{more}\r\n\r\n"
        );
        form.extend_from_slice(head.as_bytes());
        form.extend_from_slice(content);
        form.extend_from_slice(b"\r\n");
    };
    for (name, text) in texts {
        part(name, "", text.as_bytes());
    }
    let bytes: Vec<u8> = (0_u8..251).cycle().take(FILE_BYTES).collect();
    for name in ["cover", "sample", "back"] {
        part(name, "; filename=\"a.png\"\r\nContent-Type: image/png", &bytes);
    }
    form.extend_from_slice(format!("--{BOUNDARY}--\r\n").as_bytes());
    form.into()
}

fn request(form: &Bytes) -> Request<Parts> {
    let pieces = (0..form.len()).step_by(PIECE_BYTES);
    let piece = |start: usize| form.slice(start..form.len().min(start + PIECE_BYTES));
    let pieces: Vec<_> = pieces.map(|start| Ok(Frame::data(piece(start)))).collect();
    let kind = format!("multipart/form-data; boundary={BOUNDARY}");
    let request = Request::post("/uploads").header("content-type", kind);
    request.body(StreamBody::new(stream::iter(pieces))).expect("the request is valid")
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Failure> {
    let app = Host::empty().endpoint::<Save>().build()?;
    let form = form();
    let answer = app.clone().oneshot(request(&form)).await?;
    assert_eq!(answer.status(), StatusCode::OK);
    let body = http_body_util::BodyExt::collect(answer.into_body()).await?.to_bytes();
    assert_eq!(body, by_hand(request(&form)).await?.to_string());

    let rounds = std::env::args().nth(1).map_or(Ok(ROUNDS), |rounds| rounds.parse())?;
    let (mut bound, mut read) = (Duration::MAX, Duration::MAX);
    for _ in 0..rounds {
        let start = Instant::now();
        for _ in 0..FORMS {
            let answer = app.clone().oneshot(request(&form)).await?;
            assert_eq!(answer.status(), StatusCode::OK);
        }
        bound = bound.min(start.elapsed() / FORMS);
        let start = Instant::now();
        for _ in 0..FORMS {
            assert!(by_hand(request(&form)).await? > 0);
        }
        read = read.min(start.elapsed() / FORMS);
    }
    let factor = bound.as_secs_f64() / read.as_secs_f64();
    println!("bound {bound:.2?}, by hand {read:.2?}: {factor:.2} times ({} bytes)", form.len());
    Ok(())
}
