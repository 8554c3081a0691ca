//! `POST, GET /api/customer/new/{RefererID}`, `/api/customer/{cID}/new/{SourceID}`, `/api/customer/save`

use hyperpoint::http::{Method, StatusCode};
use hyperpoint::prelude::*;

use crate::mail::Mail;
use crate::permissions::CUSTOMERS_CREATE;

#[derive(Deserialize, JsonSchema)]
pub(crate) struct NewCustomer {
    #[serde(rename = "cID")]
    _id: Option<String>,
    #[serde(rename = "RefererID")]
    _referer_id: Option<String>,
    #[serde(rename = "SourceID")]
    _source_id: Option<String>,
    #[serde(rename = "username")]
    created_by: from::Claim<String>,
    #[serde(rename = "customerName")]
    _name: Option<String>,
    #[serde(rename = "phoneNumbers")]
    phone_numbers: Option<Vec<String>>,
}

#[derive(Endpoint)]
struct CreateCustomer {
    mail: Arc<dyn Mail>,
}

impl Endpoint for CreateCustomer {
    type Request = NewCustomer;
    type Response = String;

    fn configure(config: &mut Config) {
        config.verbs([Method::POST, Method::GET]);
        config.routes([
            "/customer/new/{RefererID}",
            "/customer/{cID}/new/{SourceID}",
            "/customer/save",
        ]);
        config.permissions([CUSTOMERS_CREATE]);
    }

    async fn handle(&self, request: NewCustomer, cx: Cx<'_, Self>) -> Result {
        if request.phone_numbers.is_some_and(|numbers| numbers.len() < 2) {
            return Err(Problem::new(StatusCode::BAD_REQUEST).detail("Not enough phone numbers!"));
        }
        let text = format!("{} {}", self.mail.send(), request.created_by);
        cx.send.ok_async(text).await
    }
}
