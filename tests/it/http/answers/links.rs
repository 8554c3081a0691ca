//! Links from one endpoint to another.

use std::collections::BTreeMap;

use http::{Method, Request};
use hyperpoint::Application;
use hyperpoint::prelude::*;
use insta::{assert_debug_snapshot, assert_snapshot};

use crate::http::{ask, endpoint, get};

#[derive(Deserialize, Serialize, JsonSchema)]
struct GetPage {
    room: String,
    page: Option<u32>,
    #[serde(default)]
    tags: Vec<String>,
}

endpoint! {
    Pages: GetPage => ();
    |config| {
        config.put("/rooms/{room}/pages");
        config.get("/rooms/{room}/pages");
        config.get("/pages/of/{room}");
        config.allow_anonymous();
    }
    |request, cx| {
        let GetPage { room, page, tags } = request;
        cx.send.string_async(format!("{room} {page:?} {tags:?}")).await
    }
}

#[derive(Serialize)]
struct Job {
    job: u64,
}

endpoint! {
    Jobs: () => ();
    |config| {
        config.get("/jobs/{job}");
        config.allow_anonymous();
    }
    |(), cx| { cx.send.no_content_async().await }
}

endpoint! {
    Undeclared: () => ();
    |config| {
        config.get("/undeclared");
        config.allow_anonymous();
    }
    |(), cx| { cx.send.no_content_async().await }
}

#[derive(Deserialize, JsonSchema)]
struct Kind {
    kind: String,
}

endpoint! {
    From: Kind => String;
    |config| {
        config.post("/from/{kind}");
        config.get("/from/{kind}");
        config.allow_anonymous();
        config.links_to::<Pages>();
        config.links_to::<Jobs>();
    }
    |Kind { kind }, cx| {
        let room = GetPage { room: "a b/ü".into(), page: Some(2), tags: vec!["x&y".into(), "z".into()] };
        match kind.as_str() {
            "request" => cx.send.string_async(cx.links.to::<Pages>(&room)?).await,
            "map" => {
                let values = BTreeMap::from([("room", "hall")]);
                cx.send.string_async(cx.links.to::<Pages>(&values)?).await
            }
            "created" => cx.send.created_at_async::<Pages>(&room, "made".to_owned()).await,
            "accepted" => cx.send.accepted_at_async::<Jobs>(&Job { job: 7 }, "soon".to_owned()).await,
            "missing" => cx.send.created_at_async::<Jobs>(&(), "made".to_owned()).await,
            "redirected" => cx.send.redirect_async(cx.links.to::<Jobs>(&Job { job: 7 })?).await,
            "told" => {
                let missing = cx.links.to::<Jobs>(&room).unwrap_err();
                let undeclared = cx.links.to::<Undeclared>(&()).unwrap_err();
                let told = [missing, undeclared].map(|problem| problem.private_source().unwrap().to_string());
                cx.send.string_async(told.join("\n")).await
            }
            _ => cx.send.not_found_async().await,
        }
    }
}

fn host() -> Host {
    Host::empty().endpoint::<Pages>().endpoint::<Jobs>().endpoint::<From>().endpoint::<Undeclared>()
}

fn app() -> Application {
    host().build().unwrap()
}

async fn link(kind: &str) -> String {
    let answer = get(&app(), &format!("/from/{kind}")).await;
    answer.rsplit_once("\n\n").unwrap().1.to_owned()
}

#[tokio::test]
async fn following_a_link_binds_the_values_it_was_made_from() {
    let made = link("request").await;
    assert_eq!(made, "/rooms/a%20b%2F%C3%BC/pages?page=2&tags=x%26y&tags=z");
    let answer = get(&app(), &made).await;
    assert!(answer.ends_with("\n\na b/ü Some(2) [\"x&y\", \"z\"]"), "{answer}");
    assert_eq!(link("map").await, "/rooms/hall/pages");
}

#[tokio::test]
async fn created_and_accepted_have_a_location() {
    let post = |kind: &str| {
        let request = Request::builder().method(Method::POST).uri(format!("/from/{kind}"));
        request.body(String::new()).unwrap()
    };
    assert_snapshot!(ask(&app(), post("created")).await, @r#"
    201 Created
    content-type: application/json
    location: /rooms/a%20b%2F%C3%BC/pages?page=2&tags=x%26y&tags=z

    "made"
    "#);
    assert_snapshot!(ask(&app(), post("accepted")).await, @r#"
    202 Accepted
    content-type: application/json
    location: /jobs/7

    "soon"
    "#);
    assert!(get(&app(), "/from/redirected").await.contains("location: /jobs/7\n"));
}

#[tokio::test]
async fn a_missing_value_is_a_500_and_only_the_log_names_it() {
    let answer = get(&app(), "/from/missing").await;
    assert!(answer.starts_with("500 ") && !answer.contains("job"), "{answer}");
    assert!(!answer.contains("location"), "{answer}");
    assert_snapshot!(link("told").await, @"
    call GET /jobs/{job}: the field `job` has no value
    a link targets `it::http::answers::links::Undeclared`, which no endpoint has declared; add `config.links_to::<it::http::answers::links::Undeclared>()` to `configure`
    ");
}

#[test]
fn a_link_to_an_unregistered_endpoint_is_a_configuration_error() {
    let error = Host::empty().endpoint::<From>().endpoint::<Jobs>().build().unwrap_err();
    assert_debug_snapshot!(error, @"
    the host can't start: 1 configuration error
      - `it::http::answers::links::From` (tests/it/http/answers/links.rs:62): links to `it::http::answers::links::Pages`, which is not registered; name its crate in `main.rs`, add it with `.endpoint::<it::http::answers::links::Pages>()`, or remove the `links_to`
    ");
}

#[tokio::test]
async fn a_link_has_the_prefix_of_its_endpoint() {
    let app = host().defaults(|defaults| defaults.prefix("/api")).build().unwrap();
    let answer = get(&app, "/api/from/map").await;
    assert!(answer.ends_with("\n\n/api/rooms/hall/pages"), "{answer}");
}
