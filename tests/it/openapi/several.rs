//! Several documents of one host, such as one for each audience.

use hyperpoint::openapi::{DescribeApplication, OpenApiDocument, ServeOpenApi};
use hyperpoint::prelude::*;
use hyperpoint::schemes::ApiKeys;
use hyperpoint::{Application, Identity};
use serde_json::{Value, json};

use crate::http::{endpoint, get};

mod inner {
    use super::{Item, endpoint};

    endpoint! {
        List: () => Vec<Item>;
        |config| { config.get("/inner"); config.authenticated(); config.tags(["Staff"]); }
        |(), cx| { cx.send.ok_async(Vec::new()).await }
    }

    pub(super) fn add(host: hyperpoint::Host) -> hyperpoint::Host {
        host.endpoint::<List>()
    }
}

#[derive(Serialize, JsonSchema)]
struct Item {
    name: String,
}

endpoint! {
    List: () => ();
    |config| { config.get("/outer/{id}"); config.allow_anonymous(); config.tags(["Partners"]); }
    |(), cx| { cx.send.no_content_async().await }
}

fn app() -> Application {
    let host = inner::add(Host::empty().endpoint::<List>())
        .authentication(ApiKeys::new().key("0123456789abcdef", Identity::user("ann")));
    let host = host.openapi(|api| {
        api.title("Everything");
        api.authenticated();
    });
    let host = host.openapi(|api| {
        api.title("Partners");
        api.path("/partners.json");
        api.path_3_2("/partners-3.2.json");
        api.page("/partners");
        api.only(|operation| operation.has_tag("Partners") && operation.path == "/outer/{id}");
        api.allow_anonymous();
    });
    host.build().unwrap()
}

fn paths(document: &OpenApiDocument) -> Vec<String> {
    document.version_3_1()["paths"].as_object().unwrap().keys().cloned().collect()
}

#[tokio::test]
async fn each_document_has_its_operations_its_readers_and_its_page() {
    let app = app();
    assert!(get(&app, "/openapi.json").await.starts_with("401 "));
    let partners = get(&app, "/partners.json").await;
    let body = partners.split_once("\n\n").unwrap().1;
    let document: Value = serde_json::from_str(body).unwrap();
    assert_eq!(document["info"]["title"], "Partners");
    assert_eq!(document["paths"].as_object().unwrap().keys().collect::<Vec<_>>(), ["/outer/{id}"]);
    assert!(document["components"]["schemas"].get("Item").is_none());
    assert!(document["components"].get("securitySchemes").is_none());
    assert!(get(&app, "/partners").await.contains("data-document=\"/partners-3.2.json\""));
}

#[test]
fn documents_are_found_by_their_paths_and_share_operation_ids() {
    let app = app();
    assert_eq!(paths(&app.openapi()), ["/inner", "/outer/{id}"]);
    for path in ["/partners.json", "/partners-3.2.json"] {
        let partners = app.openapi_at(path).unwrap();
        assert_eq!(paths(&partners), ["/outer/{id}"]);
        let id = |document: &OpenApiDocument| {
            document.version_3_1()["paths"]["/outer/{id}"]["get"]["operationId"].clone()
        };
        assert_eq!(id(&partners), id(&app.openapi()));
        assert_ne!(id(&partners), "list", "another endpoint has this name, too");
    }
    assert_eq!(app.openapi_at("/openapi.json"), Some(app.openapi()));
    assert_eq!(app.openapi_at("/others.json"), None);
}

#[test]
fn tags_are_described_and_the_finished_document_can_be_changed() {
    let host = Host::empty().endpoint::<List>().openapi(|api| {
        api.tag("Partners", "Other firms.");
        api.tag("Unused", "No operation has it.");
        api.change(|document| document["info"]["license"] = json!({ "name": "MIT" }));
        api.allow_anonymous();
    });
    let document = host.build().unwrap().openapi();
    for version in [document.version_3_1(), document.version_3_2()] {
        assert_eq!(version["tags"], json!([{ "name": "Partners", "description": "Other firms." }]));
        assert_eq!(version["info"]["license"]["name"], "MIT");
        assert_eq!(version["info"]["title"], "API");
    }
}
