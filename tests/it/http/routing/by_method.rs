//! Several routes that match one path: the most specific one that has the method answers.

use http::{HeaderName, HeaderValue, Request};
use hyperpoint::Application;
use hyperpoint::prelude::*;

use crate::http::{ask, endpoint};

#[derive(Deserialize, JsonSchema)]
struct Id {
    id: String,
}

#[derive(Deserialize, JsonSchema)]
struct Rest {
    rest: String,
}

endpoint! {
    File: Rest => ();
    |config| {
        config.get("/files/{*rest}");
        config.allow_anonymous();
    }
    |Rest { rest }, cx| { cx.send.string_async(format!("file {rest}")).await }
}

endpoint! {
    EditMe: () => ();
    |config| {
        config.put("/users/me");
        config.allow_anonymous();
        config.cors(|cors| cors.allow_origins(["https://editor.example"]));
    }
    |(), cx| { cx.send.string_async("edit me").await }
}

endpoint! {
    ShowUser: Id => ();
    |config| {
        config.get("/users/{id}");
        config.delete("/users/{id}");
        config.allow_anonymous();
        config.cors(|cors| cors.allow_origins(["https://reader.example"]));
    }
    |Id { id }, cx| {
        let text = format!("{} user {id}", cx.request.method);
        cx.send.string_async(text).await
    }
}

endpoint! {
    Upload: () => ();
    |config| {
        config.post("/files/upload");
        config.head("/files/upload/state");
        config.allow_anonymous();
    }
    |(), cx| {
        let name = HeaderName::from_static("x-upload");
        cx.send.header(name, HeaderValue::from_static("1")).string_async("upload").await
    }
}

endpoint! {
    Hook: Id => ();
    |config| {
        config.any("/hooks/{id}");
        config.allow_anonymous();
    }
    |Id { id }, cx| {
        let text = format!("{} hook {id}", cx.request.method);
        cx.send.string_async(text).await
    }
}

fn app() -> Application {
    let host = Host::empty().endpoint::<File>().endpoint::<Upload>().endpoint::<Hook>();
    host.endpoint::<EditMe>().endpoint::<ShowUser>().build().unwrap()
}

async fn method(method: &str, target: &str) -> String {
    let request = Request::builder().method(method).uri(target);
    ask(&app(), request.body(String::new()).unwrap()).await
}

#[tokio::test]
async fn a_literal_route_of_one_method_does_not_hide_a_parameter_route_of_another() {
    for (verb, target, expected) in [
        ("GET", "/users/me", "GET user me"),
        ("DELETE", "/users/me", "DELETE user me"),
        ("PUT", "/users/me", "edit me"),
        ("GET", "/users/7", "GET user 7"),
        ("GET", "/files/upload", "file upload"),
        ("GET", "/files/upload/state", "file upload/state"),
        ("POST", "/files/upload", "upload"),
    ] {
        let answer = method(verb, target).await;
        assert!(answer.ends_with(&format!("\n\n{expected}")), "{verb} {target}: {answer}");
    }
    // HEAD is routed to the most specific route that supports it, itself or through GET.
    assert!(!method("HEAD", "/files/upload").await.contains("x-upload"));
    assert!(method("HEAD", "/files/upload/state").await.contains("x-upload: 1"));
}

#[tokio::test]
async fn allow_lists_the_methods_of_every_matching_route() {
    for target in ["/users/me", "/files/upload"] {
        let (expected, refused) = match target {
            "/users/me" => ("DELETE, GET, HEAD, OPTIONS, PUT", "POST"),
            _ => ("GET, HEAD, OPTIONS, POST", "PUT"),
        };
        let answer = method(refused, target).await;
        assert!(answer.starts_with("405 "), "{answer}");
        assert!(answer.contains(&format!("\nallow: {expected}\n")), "{answer}");
        let answer = method("OPTIONS", target).await;
        assert_eq!(answer.trim_end(), format!("204 No Content\nallow: {expected}"));
    }
    assert!(method("PUT", "/users/7").await.contains("\nallow: DELETE, GET, HEAD, OPTIONS\n"));
    assert!(method("POST", "/users").await.starts_with("404 "));
}

#[tokio::test]
async fn a_preflight_allows_the_requested_method_by_the_cors_rules_of_its_endpoint() {
    for (origin, announced, allowed) in [
        ("https://reader.example", "DELETE", Some("DELETE")),
        ("https://editor.example", "PUT", Some("PUT")),
        ("https://editor.example", "DELETE", None),
        ("https://reader.example", "PUT", None),
    ] {
        let request = Request::options("/users/me").header("origin", origin);
        let request = request.header("access-control-request-method", announced);
        let answer = ask(&app(), request.body(String::new()).unwrap()).await;
        // A further method in the list would be allowed without a preflight of its own.
        let methods =
            answer.lines().find_map(|line| line.strip_prefix("access-control-allow-methods: "));
        let is_allowed = answer.contains(&format!("access-control-allow-origin: {origin}"));
        assert_eq!(is_allowed, allowed.is_some(), "{answer}");
        assert_eq!(methods, Some(announced), "{answer}");
    }
}

#[tokio::test]
async fn an_endpoint_for_any_method_answers_every_method() {
    for verb in ["GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"] {
        let answer = method(verb, "/hooks/7").await;
        assert!(answer.ends_with(&format!("\n\n{verb} hook 7")), "{answer}");
    }
    assert!(method("HEAD", "/hooks/7").await.starts_with("200 "));
    assert!(method("BREW", "/hooks/7").await.starts_with("405 "));
}
