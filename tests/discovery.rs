//! The endpoints that a host finds by itself. A separate binary, because it finds every derived
//! endpoint that is linked.

use http::Request;
use http_body_util::BodyExt;
use hyperpoint::prelude::*;
use tower::ServiceExt;

mod accounts {
    //! Endpoints in a module of an application.

    use hyperpoint::prelude::*;

    #[derive(Endpoint)]
    struct Balance;

    impl Endpoint for Balance {
        type Request = ();
        type Response = ();

        fn configure(config: &mut Config) {
            config.get("/balance");
            config.allow_anonymous();
        }

        async fn handle(&self, (): (), cx: Cx<'_, Self>) -> Result {
            cx.send.string_async("7").await
        }
    }
}

/// Registered only by its derive.
#[derive(Endpoint)]
struct Home;

impl Endpoint for Home {
    type Request = ();
    type Response = ();

    fn configure(config: &mut Config) {
        config.get("/");
        config.allow_anonymous();
    }

    async fn handle(&self, (): (), cx: Cx<'_, Self>) -> Result {
        cx.send.string_async("home").await
    }
}

#[derive(Endpoint)]
#[endpoint(by_hand)]
struct ByHand;

impl Endpoint for ByHand {
    type Request = ();
    type Response = ();

    fn configure(config: &mut Config) {
        config.get("/by-hand");
        config.allow_anonymous();
    }

    async fn handle(&self, (): (), cx: Cx<'_, Self>) -> Result {
        cx.send.no_content_async().await
    }
}

const FOUND: [&str; 2] =
    ["GET     /  discovery::Home", "GET     /balance  discovery::accounts::Balance"];

#[test]
fn a_host_finds_every_derived_endpoint() {
    assert_eq!(Host::new().build().unwrap().routes(), FOUND);
}

#[test]
fn an_endpoint_that_is_found_and_added_is_registered_once() {
    let host = Host::new().endpoint::<Home>();
    assert_eq!(host.build().unwrap().routes(), FOUND);
}

#[test]
fn a_manually_added_endpoint_is_registered_beside_found_ones() {
    let app = Host::new().endpoint::<ByHand>().build().unwrap();
    let by_hand = "GET     /by-hand  discovery::ByHand";
    assert_eq!(app.routes(), [FOUND[0], FOUND[1], by_hand]);
}

#[test]
fn an_empty_host_finds_nothing() {
    assert!(Host::empty().build().is_err());
}

#[tokio::test]
async fn a_found_endpoint_responds() {
    let app = Host::default().build().unwrap();
    let request = Request::get("/balance").body(String::new()).unwrap();
    let body = app.oneshot(request).await.unwrap().into_body();
    assert_eq!(body.collect().await.unwrap().to_bytes(), "7");
}
