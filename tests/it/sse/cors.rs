//! Cross-origin streams: contract line 22.

use futures_util::stream;
use hyperpoint::prelude::*;
use serde_json::Value;

use crate::wire::Head;
use crate::wire::raw::Raw;

/// Allows every origin.
#[derive(Endpoint)]
#[endpoint(by_hand)]
struct Open;

/// Allows one origin, with credentials.
#[derive(Endpoint)]
#[endpoint(by_hand)]
struct Trusting;

impl Endpoint for Open {
    type Request = ();
    type Response = Events<Value>;

    fn configure(config: &mut Config) {
        config.get("/open");
        config.allow_anonymous();
        config.cors(|cors| cors.allow_any_origin());
    }

    async fn handle(&self, (): (), cx: Cx<'_, Self>) -> Result {
        cx.send.event_stream_async("a", stream::pending::<Value>()).await
    }
}

impl Endpoint for Trusting {
    type Request = ();
    type Response = Events<Value>;

    fn configure(config: &mut Config) {
        config.get("/trusting");
        config.allow_anonymous();
        config.cors(|cors| cors.allow_origins(["https://app.example"]).allow_credentials());
    }

    async fn handle(&self, (): (), cx: Cx<'_, Self>) -> Result {
        cx.send.event_stream_async("a", stream::pending::<Value>()).await
    }
}

/// Sends the preflight of a browser and returns the response.
async fn ask(method: &str, path: &str, origin: &str) -> Head {
    let host = Host::empty().endpoint::<Open>().endpoint::<Trusting>();
    let host = host.bind("127.0.0.1:0").start().await.unwrap();
    let mut request = format!("{method} {path} HTTP/1.1\r\nhost: a\r\norigin: {origin}\r\n");
    if method == "OPTIONS" {
        request.push_str("access-control-request-method: GET\r\n");
        request.push_str(
            "access-control-request-headers: authorization,cache-control,last-event-id\r\n",
        );
    }
    request.push_str("\r\n");
    Raw::open(host.address(), request).await.head().await
}

/// Returns the names in the comma-separated values, in lower case.
fn names(head: &Head, header: &str) -> Vec<String> {
    let values = head.header(header).join(",").to_ascii_lowercase();
    values.split(',').map(|name| name.trim().to_owned()).collect()
}

#[tokio::test]
async fn line_22_a_preflight_allows_the_headers_of_event_streams() {
    for path in ["/open", "/trusting"] {
        let head = ask("OPTIONS", path, "https://app.example").await;
        assert!(matches!(head.status(), 200 | 204), "{head:?}");
        let allowed = names(&head, "access-control-allow-headers");
        for name in ["last-event-id", "authorization", "cache-control"] {
            assert!(allowed.iter().any(|allowed| allowed == name), "{head:?}");
        }
        assert!(names(&head, "access-control-allow-methods").contains(&"get".to_owned()));
    }
}

#[tokio::test]
async fn line_22_without_credentials_any_origin_is_a_star() {
    for method in ["OPTIONS", "GET"] {
        let head = ask(method, "/open", "https://app.example").await;
        assert_eq!(head.header("access-control-allow-origin"), ["*"]);
        assert!(head.header("access-control-allow-credentials").is_empty());
    }
}

#[tokio::test]
async fn line_22_with_credentials_the_exact_origin_is_echoed() {
    for method in ["OPTIONS", "GET"] {
        let head = ask(method, "/trusting", "https://app.example").await;
        assert_eq!(head.header("access-control-allow-origin"), ["https://app.example"]);
        assert_eq!(head.header("access-control-allow-credentials"), ["true"]);
        assert!(names(&head, "vary").contains(&"origin".to_owned()), "{head:?}");
    }
}

#[tokio::test]
async fn line_22_another_origin_reads_nothing() {
    for origin in ["https://app.example.evil", "null", "http://app.example"] {
        for method in ["OPTIONS", "GET"] {
            let head = ask(method, "/trusting", origin).await;
            assert!(head.header("access-control-allow-origin").is_empty(), "{head:?}");
            assert!(names(&head, "vary").contains(&"origin".to_owned()), "{head:?}");
        }
    }
}
