//! Fuzz target for binding: for any request to endpoints that bind from every source, nothing
//! panics, every refusal is a problem document, and no value is bound from another source than its
//! own.

use std::borrow::Cow;

use http::{HeaderMap, HeaderName, HeaderValue, Method, Request, Response, Uri, request};
use http_body_util::{BodyExt, Full};
use hyperpoint::prelude::*;
use hyperpoint::{Application, AuthenticationScheme, Identity, async_trait};
use serde_json::Value;
use tower::ServiceExt;

/// Parses the data as a request, sends it, and checks the response. The first line is the method
/// and the target; then come headers, an empty line, and the body.
///
/// # Panics
///
/// If a response is not as required.
pub(crate) fn check(data: &[u8]) {
    let Some(request) = read(data) else {
        return;
    };
    let (parts, body) = request.into_parts();
    let sent = parts.clone();
    thread_local! {
        static HOST: (tokio::runtime::Runtime, Application) = host();
    }
    HOST.with(|(runtime, app)| {
        let request = Request::from_parts(parts, Full::from(body));
        runtime.block_on(async {
            let answer = app.clone().oneshot(request).await.unwrap();
            look(&sent, answer).await;
        });
    });
}

/// The values that a client can set by field name, by alias, or through a flattened type.
#[derive(Serialize, Deserialize, JsonSchema)]
struct Mixin {
    #[serde(alias = "person")]
    tier: from::Claim<String>,
    page: from::Query<Option<u16>>,
    size: Option<u16>,
    #[serde(default)]
    tags: Vec<String>,
}

#[derive(Serialize, Deserialize, JsonSchema)]
struct Sources {
    id: u32,
    name: String,
    #[serde(alias = "user")]
    sub: from::Claim<String>,
    q: from::Query<Option<i64>>,
    #[serde(rename = "x-tenant")]
    tenant: from::Header<Option<String>>,
    #[serde(rename = "x-levels", default)]
    levels: from::Header<Vec<u8>>,
    session: from::Cookie<Option<String>>,
    is_deep: Option<bool>,
    share: Option<f64>,
    #[serde(flatten)]
    mixin: Mixin,
}

#[derive(Serialize, Deserialize, JsonSchema)]
enum Tree {
    Leaf(i32),
    Node { left: Box<Tree>, right: Option<Box<Tree>> },
}

#[derive(Serialize, Deserialize, JsonSchema)]
struct Whole {
    id: u32,
    name: String,
    sub: from::Claim<String>,
    tree: from::Body<Tree>,
}

#[derive(Serialize, Deserialize, JsonSchema)]
struct Fields {
    text: String,
    number: Option<u8>,
    #[serde(default)]
    list: Vec<i16>,
}

#[derive(Serialize, Deserialize, JsonSchema)]
#[expect(clippy::struct_field_names, reason = "the fields have the names that a form may send")]
struct Form {
    id: u32,
    name: String,
    sub: from::Claim<String>,
    form: from::Form<Fields>,
}

/// Writes an endpoint that responds with the values it received.
macro_rules! echo {
    ($name:ident: $request:ident, [$($method:ident),*], $route:literal) => {
        #[derive(Endpoint)]
        #[endpoint(by_hand)]
        struct $name;

        impl Endpoint for $name {
            type Request = $request;
            type Response = $request;

            fn configure(config: &mut Config) {
                config.verbs([$(Method::$method),*]);
                config.routes([$route]);
            }

            async fn handle(&self, request: $request, cx: Cx<'_, Self>) -> Result {
                cx.send.ok_async(request).await
            }
        }
    };
}

echo!(EchoSources: Sources, [GET, PUT, POST, DELETE], "/sources/{id}/{name}");
echo!(EchoWhole: Whole, [PUT, DELETE], "/whole/{id}/{name}");
echo!(EchoForm: Form, [POST], "/form/{id}/{name}");

/// Authenticates every request as the same user.
struct Ann;

#[async_trait]
impl AuthenticationScheme for Ann {
    fn challenge(&self, _: &request::Parts) -> HeaderValue {
        HeaderValue::from_static("Ann")
    }

    async fn authenticate(&self, _: &request::Parts) -> Result<Option<Identity>> {
        Ok(Some(Identity::user("ann").with_claim("tier", "gold")))
    }
}

fn host() -> (tokio::runtime::Runtime, Application) {
    let mut runtime = tokio::runtime::Builder::new_current_thread();
    let host = Host::empty().authentication(Ann).endpoint::<EchoSources>();
    let host = host.endpoint::<EchoWhole>().endpoint::<EchoForm>();
    (runtime.enable_time().build().unwrap(), host.build().unwrap())
}

fn read(data: &[u8]) -> Option<Request<Vec<u8>>> {
    let mut lines = data.splitn(2, |byte| *byte == b'\n');
    let first = std::str::from_utf8(lines.next()?).ok()?;
    let (method, target) = first.split_once(' ')?;
    let mut request = Request::builder()
        .method(Method::from_bytes(method.as_bytes()).ok()?)
        .uri(target.trim_end().parse::<Uri>().ok()?);
    let mut rest = lines.next().unwrap_or_default();
    while let Some(end) = rest.iter().position(|byte| *byte == b'\n') {
        let (line, after) = (&rest[..end], &rest[end + 1..]);
        rest = after;
        if line.is_empty() {
            break;
        }
        let colon = line.iter().position(|byte| *byte == b':')?;
        let name = HeaderName::from_bytes(&line[..colon]).ok()?;
        let value = HeaderValue::from_bytes(line[colon + 1..].trim_ascii()).ok()?;
        request = request.header(name, value);
    }
    request.body(rest.to_vec()).ok()
}

async fn look(sent: &request::Parts, answer: Response<hyperpoint::Body>) {
    let status = answer.status();
    assert!(!status.is_server_error(), "{status}");
    let kind = answer.headers().get("content-type").cloned();
    let body = answer.into_body().collect().await.unwrap().to_bytes();
    if sent.method == Method::HEAD || body.is_empty() {
        return;
    }
    let answer: Value = serde_json::from_slice(&body).unwrap();
    if status != 200 {
        assert_eq!(kind.unwrap(), "application/problem+json");
        assert_eq!(answer["status"], status.as_u16());
        return;
    }
    assert_eq!(answer["sub"], "ann");
    let segments: Vec<_> = sent.uri.path().split('/').collect();
    assert_eq!(answer["id"].as_u64().unwrap(), decoded(segments[2]).parse::<u64>().unwrap());
    assert_eq!(answer["name"], *decoded(segments[3]));
    if segments[1] != "sources" {
        return;
    }
    assert_eq!(answer["tier"], "gold");
    let query = sent.uri.query().unwrap_or_default().replace('+', " ");
    let of_query = |wanted: &str| {
        let pairs = query.split('&').map(|pair| pair.split_once('=').unwrap_or((pair, "")));
        let mut named = pairs.filter(|(name, _)| decoded(name) == wanted);
        named.next().map(|(_, value)| decoded(value).into_owned()).filter(|text| !text.is_empty())
    };
    let number = |wanted| of_query(wanted).map(|text| text.parse::<i64>().unwrap());
    assert_eq!(answer["q"].as_i64(), number("q"));
    assert_eq!(answer["page"].as_i64(), number("page"));
    assert_eq!(answer["x-tenant"].as_str(), header(&sent.headers, "x-tenant").as_deref());
}

/// The lines of a header as one (RFC 9110 §5.3).
fn header(headers: &HeaderMap, name: &str) -> Option<String> {
    let lines = headers.get_all(name).iter();
    let lines: Vec<_> = lines.map(|line| std::str::from_utf8(line.as_bytes()).unwrap()).collect();
    (!lines.is_empty()).then(|| lines.join(", "))
}

/// Percent-decodes the text as far as it is encoded.
fn decoded(text: &str) -> Cow<'_, str> {
    if !text.contains('%') {
        return Cow::Borrowed(text);
    }
    let (mut bytes, mut rest) = (Vec::new(), text.as_bytes());
    while let Some((first, after)) = rest.split_first() {
        let digits = after.get(..2).filter(|_| *first == b'%');
        let hex = digits.and_then(|digits| std::str::from_utf8(digits).ok());
        let byte = hex.filter(|hex| hex.bytes().all(|byte| byte.is_ascii_hexdigit()));
        if let Some(byte) = byte.and_then(|hex| u8::from_str_radix(hex, 16).ok()) {
            bytes.push(byte);
            rest = &after[2..];
        } else {
            bytes.push(*first);
            rest = after;
        }
    }
    Cow::Owned(String::from_utf8_lossy(&bytes).into_owned())
}
