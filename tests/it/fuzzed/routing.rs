//! Fuzz target for routing: for any templates and paths, a host either refuses to start or finds
//! the route that a reader of the templates would find, with the values in the path.

use std::cell::RefCell;

use http::{Method, Request, Uri};
use http_body_util::BodyExt;
use hyperpoint::prelude::*;
use hyperpoint::{FromRequest, Incoming};
use tower::ServiceExt;

/// Parses the data as lines: templates, an empty line, and request paths.
///
/// # Panics
///
/// If a response is not as required.
pub(crate) fn check(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else {
        return;
    };
    let (templates, paths) = text.split_once("\n\n").unwrap_or((text, ""));
    let templates: Vec<_> = templates.lines().map(str::to_owned).collect();
    TEMPLATES.with(|known| known.replace(templates.clone()));
    let Ok(app) = Host::empty().endpoint::<Found>().build() else {
        return;
    };
    thread_local! {
        static RUNTIME: tokio::runtime::Runtime =
            tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
    }
    for path in paths.lines().filter(|path| path.starts_with('/')) {
        let Ok(uri) = path.parse::<Uri>() else {
            continue;
        };
        let path = uri.path().to_owned();
        let request = Request::get(uri).body(String::new()).unwrap();
        let (status, body) = RUNTIME.with(|runtime| {
            runtime.block_on(async {
                let answer = app.clone().oneshot(request).await.unwrap();
                let status = answer.status();
                (status, answer.into_body().collect().await.unwrap().to_bytes())
            })
        });
        assert!(!status.is_server_error(), "{path}: {status}");
        if !templates.iter().chain([&path]).all(|text| is_plain(text)) {
            continue;
        }
        match expected(&templates, &path) {
            Some(values) => {
                assert_eq!(status, 200, "{path}");
                assert_eq!(String::from_utf8_lossy(&body), values, "{path}");
            }
            None => assert_eq!(status, 404, "{path}"),
        }
    }
}

thread_local! {
    /// The routes of the endpoint; a static, because `configure` has no other access to them.
    static TEMPLATES: RefCell<Vec<String>> = const { RefCell::new(Vec::new()) };
}

#[derive(Endpoint)]
#[endpoint(by_hand)]
struct Found;

/// Returns the names and values of the route's parameters.
struct Values(String);

impl FromRequest for Values {
    async fn from_request(request: Incoming<'_>) -> Result<Self> {
        let fields = request.route_fields().map(|(name, value)| format!("{name}={value};"));
        Ok(Self(fields.collect()))
    }
}

impl Endpoint for Found {
    type Request = Values;
    type Response = ();

    fn configure(config: &mut Config) {
        config.verbs([Method::GET]);
        TEMPLATES.with(|templates| config.routes(templates.borrow().iter().map(String::as_str)));
        config.allow_anonymous();
    }

    async fn handle(&self, values: Values, cx: Cx<'_, Self>) -> Result {
        cx.send.string_async(values.0).await
    }
}

/// Returns whether a path of these bytes can be sent unchanged.
fn is_plain(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"/-_.~{}*".contains(&byte))
}

/// Returns what the best template captures from the path: at the first segment in which two
/// templates differ, a literal wins over a parameter, and a parameter over the rest of the path.
fn expected(templates: &[String], path: &str) -> Option<String> {
    let matches = templates.iter().filter_map(|template| taken(template, path));
    matches.min_by(|one, other| one.0.cmp(&other.0)).map(|(_, values)| values)
}

fn taken(template: &str, path: &str) -> Option<(Vec<u8>, String)> {
    let (mut kinds, mut values) = (Vec::new(), String::new());
    let mut segments = path[1..].split('/');
    let mut rest = &path[1..];
    for part in template[1..].split('/') {
        if let Some(name) = part.strip_prefix("{*").and_then(|name| name.strip_suffix('}')) {
            kinds.push(2);
            values.extend([name, "=", rest, ";"]);
            return (!rest.is_empty()).then_some((kinds, values));
        }
        let segment = segments.next()?;
        rest = rest.get(segment.len() + 1..).unwrap_or_default();
        match part.strip_prefix('{').and_then(|name| name.strip_suffix('}')) {
            Some(name) if !segment.is_empty() => {
                kinds.push(1);
                values.extend([name, "=", segment, ";"]);
            }
            None if part == segment => kinds.push(0),
            _ => return None,
        }
    }
    segments.next().is_none().then_some((kinds, values))
}
