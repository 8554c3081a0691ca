//! An application that names both of its modules.
#![expect(clippy::unwrap_used, reason = "a failing step ends its test")]

use std::sync::Arc;

use accounts as _;
use billing::Invoices;
use http_body_util::BodyExt;
use hyperpoint::http::{Request, header};
use hyperpoint::{Application, Host};
use tower::ServiceExt;

fn app() -> Application {
    Host::new().service(Arc::new(Invoices::default())).build().unwrap()
}

#[test]
fn an_application_has_the_endpoints_of_both_modules() {
    let routes = app().routes().join("\n");
    let expected = "GET     /accounts/{id}  accounts::get_account::GetAccount\n\
                    POST    /invoices  billing::create_invoice::CreateInvoice\n\
                    GET     /invoices/{number}  billing::get_invoice::GetInvoice";
    assert_eq!(routes, expected);
}

#[tokio::test]
async fn the_link_of_a_created_invoice_leads_to_it() {
    let app = app();
    let invoice = r#"{"account":0,"cents":1250}"#;
    let create = Request::post("/invoices").header(header::CONTENT_TYPE, "application/json");
    let created = app.clone().oneshot(create.body(invoice.to_owned()).unwrap()).await.unwrap();
    assert_eq!(created.status(), 201);
    let link = created.headers()[header::LOCATION].to_str().unwrap();
    assert_eq!(link, "/invoices/1");
    let found = app.oneshot(Request::get(link).body(String::new()).unwrap()).await.unwrap();
    assert_eq!(found.into_body().collect().await.unwrap().to_bytes(), invoice);
}
