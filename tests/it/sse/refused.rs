//! Event streams that are refused: contract line 23.

use http::{HeaderValue, Request, request};
use hyperpoint::prelude::*;
use hyperpoint::{AuthenticationScheme, Identity, async_trait};

use crate::wire::memory::Memory;

/// Authenticates a request by the user name that it claims.
struct Named;

#[async_trait]
impl AuthenticationScheme for Named {
    fn challenge(&self, _: &request::Parts) -> HeaderValue {
        HeaderValue::from_static("Named")
    }

    async fn authenticate(&self, request: &request::Parts) -> Result<Option<Identity>> {
        let name = request.headers.get("name").and_then(|name| name.to_str().ok());
        Ok(name.map(|name| Identity::user(name).with_role(name)))
    }
}

#[derive(Endpoint)]
#[endpoint(by_hand)]
struct Guarded;

impl Endpoint for Guarded {
    type Request = ();
    type Response = Events<u32>;

    fn configure(config: &mut Config) {
        config.get("/guarded");
        config.roles(["ann", "bob"]);
        config.cors(|cors| cors.allow_origins(["https://app.example"]).allow_credentials());
    }

    async fn handle(&self, (): (), cx: Cx<'_, Self>) -> Result {
        match cx.identity.subject() {
            // There are no more events for Bob: a 204 stops his browser.
            Some("bob") => cx.send.no_content_async().await,
            _ => cx.send.event_stream_async("n", futures_util::stream::iter([1])).await,
        }
    }
}

async fn ask(name: Option<&str>) -> Memory {
    let app = Host::empty().endpoint::<Guarded>().authentication(Named).build().unwrap();
    let request = Request::get("/guarded").header("origin", "https://app.example");
    let request = name.into_iter().fold(request, |request, name| request.header("name", name));
    Memory::ask(&app, request.body(String::new()).unwrap()).await
}

/// Returns the status, the content type, the challenge, and the origin that may read the response.
async fn summary(name: Option<&str>) -> String {
    let head = ask(name).await.head;
    let names = ["content-type", "www-authenticate", "access-control-allow-origin"];
    let headers =
        names.map(|name| head.headers.get(name).map_or("-", |value| value.to_str().unwrap()));
    format!("{} {}", head.status.as_u16(), headers.join(" "))
}

#[tokio::test]
async fn line_23_access_is_refused_by_401_and_403_and_a_204_stops_a_browser() {
    assert_eq!(summary(None).await, "401 application/problem+json Named https://app.example");
    assert_eq!(summary(Some("eve")).await, "403 application/problem+json - https://app.example");
    assert_eq!(summary(Some("bob")).await, "204 - - https://app.example");
    assert_eq!(summary(Some("ann")).await, "200 text/event-stream - https://app.example");
    assert_eq!(ask(Some("bob")).await.rest().await, "");
}
