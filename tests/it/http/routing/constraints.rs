//! Constraints of route parameters, and endpoints that set prefixes aside.

use http::Request;
use hyperpoint::prelude::*;
use hyperpoint::{Group, GroupConfig};

use crate::http::{ask, endpoint, get};

#[derive(Debug, Serialize, Deserialize, JsonSchema)]
struct Item {
    id: String,
    code: String,
}

endpoint! {
    GetItem: Item => Item;
    |config| {
        config.get("/items/{id:int}/{code:digits(3)}");
        config.allow_anonymous();
    }
    |item, cx| { cx.send.ok_async(item).await }
}

#[derive(Debug, Serialize, Deserialize, JsonSchema)]
struct Clash {
    id: u32,
}

endpoint! {
    PutClash: Clash => Clash;
    |config| {
        config.put("/clash/{id}");
        config.allow_anonymous();
    }
    |clash, cx| { cx.send.ok_async(clash).await }
}

endpoint! {
    GetClash: Clash => Clash;
    |config| {
        config.get("/clash/{id:int}");
        config.allow_anonymous();
    }
    |clash, cx| { cx.send.ok_async(clash).await }
}

endpoint! {
    Robots: () => ();
    |config| {
        config.get("/robots.txt");
        config.allow_anonymous();
        config.group::<Admin>();
        config.unprefixed();
        config.unversioned();
    }
    |(), cx| { cx.send.no_content_async().await }
}

struct Admin;

impl Group for Admin {
    fn configure(group: &mut GroupConfig) {
        group.prefix("/admin");
    }
}

#[tokio::test]
async fn a_path_whose_value_breaks_a_constraint_does_not_match() {
    let app = Host::empty().endpoint::<GetItem>().build().unwrap();
    let text = get(&app, "/items/-7/042").await;
    assert!(text.ends_with(r#"{"id":"-7","code":"042"}"#), "{text}");
    for path in
        ["/items/x/042", "/items/7/42", "/items/7/0421", "/items/7/%30%34", "/items/7/04%C2%B2"]
    {
        assert!(get(&app, path).await.starts_with("404"), "{path}");
        for method in ["PUT", "OPTIONS"] {
            let request = Request::builder().method(method).uri(path).body(String::new()).unwrap();
            assert!(ask(&app, request).await.starts_with("404"), "{method} {path}");
        }
    }
    assert!(get(&app, "/items/%37/%30%34%32").await.starts_with("200"));
}

#[test]
fn the_parameters_of_one_path_have_the_same_constraints() {
    let host = Host::empty().endpoint::<GetClash>().endpoint::<PutClash>();
    let report = host.build().unwrap_err().to_string();
    assert!(report.contains("give its parameters the same constraints"), "{report}");
}

#[tokio::test]
async fn an_endpoint_sets_prefixes_and_version_aside() {
    let host = Host::empty().endpoint::<Robots>();
    let app = host.defaults(|host| {
        host.prefix("/api");
        host.version(2);
    });
    let app = app.build().unwrap();
    assert!(get(&app, "/robots.txt").await.starts_with("204"));
    assert!(get(&app, "/api/v2/admin/robots.txt").await.starts_with("404"));
}
