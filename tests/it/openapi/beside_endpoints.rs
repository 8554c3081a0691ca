//! The paths of documents and of the page are routes: they stand beside endpoints, or clash with them aloud.

use http::{Method, Request};
use hyperpoint::Application;
use hyperpoint::openapi::{OpenApi, ServeOpenApi};
use hyperpoint::prelude::*;
use hyperpoint::{FromServices, PreCx, PreProcessor};

use crate::http::{ask, endpoint, get};

#[derive(Deserialize, JsonSchema)]
#[expect(dead_code, reason = "only the route matters")]
struct Path {
    path: String,
}

endpoint! {
    Rest: Path => ();
    |config| { config.any("/{*path}"); config.allow_anonymous(); }
    |_, cx| { cx.send.string_async("the rest").await }
}
endpoint! {
    Import: () => ();
    |config| { config.post("/openapi.json"); config.allow_anonymous(); }
    |(), cx| { cx.send.string_async("imported").await }
}
endpoint! {
    Streams: () => ();
    |config| { config.get("/streams"); config.allow_anonymous(); }
    |(), cx| { cx.send.string_async("the endpoint").await }
}

fn described(api: &mut OpenApi) {
    api.page("/streams");
    api.allow_anonymous();
}

async fn send(app: &Application, method: Method, target: &str) -> String {
    ask(app, Request::builder().method(method).uri(target).body(String::new()).unwrap()).await
}

#[tokio::test]
async fn a_catch_all_endpoint_answers_what_the_documents_do_not() {
    let host = Host::empty().endpoint::<Rest>().openapi(described);
    let app = host.build().unwrap();
    assert!(get(&app, "/openapi.json").await.contains("\"openapi\": \"3.1.1\""));
    assert!(get(&app, "/openapi-3.2.json").await.contains("\"openapi\": \"3.2.0\""));
    assert!(get(&app, "/streams").await.contains("event streams</title>"));
    for (method, target) in
        [(Method::GET, "/other"), (Method::GET, "/openapi.json/more"), (Method::PUT, "/other")]
    {
        assert!(send(&app, method, target).await.ends_with("the rest"), "{target}");
    }
}

#[tokio::test]
async fn another_method_of_the_same_path_is_the_endpoints() {
    let app = Host::empty().endpoint::<Import>().openapi(described).build().unwrap();
    assert!(get(&app, "/openapi.json").await.contains("\"openapi\": \"3.1.1\""));
    assert!(send(&app, Method::POST, "/openapi.json").await.ends_with("imported"));
    let options = send(&app, Method::OPTIONS, "/openapi.json").await;
    assert!(options.contains("allow: GET, HEAD, OPTIONS, POST"), "{options}");
    let refused = send(&app, Method::PUT, "/openapi.json").await;
    assert!(refused.starts_with("405 "), "{refused}");
}

#[test]
fn an_endpoint_on_the_path_of_the_page_is_a_configuration_error() {
    let host = Host::empty().endpoint::<Streams>().openapi(described);
    let error = host.build().unwrap_err().to_string();
    assert_eq!(error.lines().count(), 2, "{error}");
    assert!(error.contains("`GET /streams` is taken by"), "{error}");
    // Both places are named, that of `openapi` too.
    let place = "tests/it/openapi/beside_endpoints.rs";
    assert_eq!(error.matches(place).count(), 2, "{error}");
}

#[test]
fn two_documents_need_paths_of_their_own() {
    let host = Host::empty().endpoint::<Import>().openapi(described).openapi(|api| {
        api.path("/second.json");
        api.allow_anonymous();
    });
    let error = host.build().unwrap_err().to_string();
    assert_eq!(error.lines().count(), 2, "{error}");
    assert!(error.contains("`GET /openapi-3.2.json` is registered twice"), "{error}");
}

#[test]
fn a_path_that_is_none_is_a_configuration_error() {
    let host = Host::empty().endpoint::<Import>().openapi(|api| {
        api.path("second.json");
        api.allow_anonymous();
        api.before::<Nothing>();
    });
    let error = host.build().unwrap_err().to_string();
    assert!(error.contains("second.json"), "{error}");
    assert!(error.contains("`before` is supported only for endpoints; remove it"), "{error}");
}

#[derive(FromServices)]
struct Nothing;

#[hyperpoint::async_trait]
impl PreProcessor for Nothing {
    async fn before(&self, _: PreCx<'_>) -> Result<Option<Sent>> {
        Ok(None)
    }
}

#[tokio::test]
async fn prefixes_and_processors_of_the_host_do_not_apply_to_documents() {
    let host = Host::empty().endpoint::<Import>().openapi(described).defaults(|all| {
        all.prefix("/api");
        all.version(2);
    });
    let app = host.build().unwrap();
    let document = get(&app, "/openapi.json").await;
    assert!(document.contains("\"/api/v2/openapi.json\""), "{document}");
}
