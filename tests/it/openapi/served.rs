//! How the documents and the page are served.

use http::{Method, Request, StatusCode};
use http_body_util::BodyExt;
use hyperpoint::Application;
use hyperpoint::openapi::{DescribeApplication, ServeOpenApi};
use tower::ServiceExt;

use crate::everything::{KEY, everything};
use crate::http::{endpoint, get};

endpoint! {
    Ping: () => ();
    |config| { config.get("/ping"); config.allow_anonymous(); }
    |(), cx| { cx.send.no_content_async().await }
}

fn request(method: Method, target: &str) -> http::request::Builder {
    Request::builder().method(method).uri(target)
}

async fn status(app: &Application, request: http::request::Builder) -> StatusCode {
    app.clone().oneshot(request.body(String::new()).unwrap()).await.unwrap().status()
}

#[tokio::test]
async fn a_document_is_a_static_answer_with_a_version() {
    let app = everything().build().unwrap();
    for (path, expected) in [
        ("/openapi.json", app.openapi().to_string()),
        ("/openapi-3.2.json", app.openapi().text_3_2()),
    ] {
        let answer = request(Method::GET, path).body(String::new()).unwrap();
        let answer = app.clone().oneshot(answer).await.unwrap();
        assert_eq!(answer.headers()["content-type"], "application/json");
        let etag = answer.headers()["etag"].clone();
        let body = answer.into_body().collect().await.unwrap().to_bytes();
        assert_eq!(body, expected.as_bytes());
        let known = request(Method::GET, path).header("if-none-match", &etag);
        assert_eq!(status(&app, known).await, 304);
        let weak = format!("\"other\", W/{}", etag.to_str().unwrap());
        assert_eq!(
            status(&app, request(Method::GET, path).header("if-none-match", weak)).await,
            304
        );
        let other = request(Method::GET, path).header("if-none-match", "\"other\"");
        assert_eq!(status(&app, other).await, 200);
        assert_eq!(status(&app, request(Method::POST, path)).await, 405);
        assert_eq!(status(&app, request(Method::HEAD, path)).await, 200);
        assert_eq!(status(&app, request(Method::OPTIONS, path)).await, 204);
        assert_eq!(status(&app, request(Method::GET, &format!("{path}/more"))).await, 404);
    }
}

#[tokio::test]
async fn the_names_and_the_readers_are_those_of_the_user() {
    let host = everything_for_developers();
    let app = host.build().unwrap();
    for path in ["/contract", "/contract-of-streams", "/live"] {
        assert_eq!(status(&app, request(Method::GET, path)).await, 401, "{path}");
        let allowed = request(Method::GET, path).header("x-api-key", KEY);
        assert_eq!(status(&app, allowed).await, 200, "{path}");
    }
    assert_eq!(status(&app, request(Method::GET, "/openapi.json")).await, 404);
}

fn everything_for_developers() -> hyperpoint::Host {
    use hyperpoint::Identity;
    use hyperpoint::schemes::ApiKeys;

    let clerk = Identity::user("ann").with_role("clerk");
    let keys = ApiKeys::new().key(KEY, clerk);
    hyperpoint::Host::empty().endpoint::<Ping>().authentication(keys).openapi(|api| {
        api.path("/contract");
        api.path_3_2("/contract-of-streams");
        api.page("/live");
        api.roles(["clerk"]);
    })
}

#[test]
fn forms_can_be_left_out_where_a_body_may_be_json() {
    let host = everything().openapi(|api| {
        api.path("/a");
        api.path_3_2("/b");
        api.without_forms();
        api.allow_anonymous();
    });
    let document = host.build().unwrap().openapi_at("/a").unwrap();
    let media = |path: &str| {
        let content = &document.version_3_1()["paths"][path]["post"]["requestBody"]["content"];
        content.as_object().unwrap().keys().cloned().collect::<Vec<_>>()
    };
    assert_eq!(media("/own-errors"), ["application/json"]);
    assert_eq!(media("/books"), ["multipart/form-data"], "there is no JSON");
}

#[tokio::test]
async fn the_page_may_load_nothing_from_elsewhere() {
    let app = everything().build().unwrap();
    let page = get(&app, "/streams").await;
    assert!(
        page.contains("content-security-policy: default-src 'none'; connect-src 'self'"),
        "{page}"
    );
    assert!(page.contains("data-document=\"/openapi-3.2.json\""));
    assert!(page.contains("<title>Everything: event streams</title>"));
    let outside: Vec<_> = page
        .match_indices("http")
        .filter(|(at, _)| !page[*at..].starts_with("http://www.w3.org/2000/svg"))
        .collect();
    assert!(
        outside
            .iter()
            .all(|(at, _)| !page[*at..].starts_with("http://")
                && !page[*at..].starts_with("https://"))
    );
}

#[tokio::test]
async fn a_compressed_document_has_a_version_of_its_own() {
    let app = everything().compression().build().unwrap();
    let ask = async |known: Option<&http::HeaderValue>| {
        let mut request = request(Method::GET, "/openapi.json").header("accept-encoding", "gzip");
        if let Some(known) = known {
            request = request.header("if-none-match", known);
        }
        app.clone().oneshot(request.body(String::new()).unwrap()).await.unwrap()
    };
    let whole = ask(None).await;
    assert_eq!(whole.headers()["content-encoding"], "gzip");
    let known = ask(Some(&whole.headers()["etag"])).await;
    assert_eq!(known.status(), 304);
    for name in ["etag", "vary"] {
        assert_eq!(known.headers()[name], whole.headers()[name], "{name}");
    }
    let other = request(Method::GET, "/openapi.json").header("if-match", "\"other\"");
    assert_eq!(status(&app, other).await, 412);
}
