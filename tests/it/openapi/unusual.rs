//! Types and schemes that are rare: two answers with one status, maps with numbers as keys, fields with the
//! name of a keyword, and schemes that read nothing of a request.

use std::collections::BTreeMap;

use http::{HeaderValue, StatusCode, request};
use hyperpoint::openapi::{Describe, DescribeApplication};
use hyperpoint::prelude::*;
use hyperpoint::{AuthenticationScheme, Carrier, Identity, async_trait};
use serde_json::{Value, json};

use crate::http::endpoint;

#[derive(Serialize, JsonSchema)]
struct Person {
    name: String,
}

#[derive(Serialize, JsonSchema)]
struct Firm {
    number: u32,
}

#[derive(Serialize, Deserialize, JsonSchema)]
struct Stock {
    counts: BTreeMap<u32, u32>,
    #[serde(rename = "$schema")]
    schema: String,
}

endpoint! {
    Find: () => Person;
    |config| {
        config.get("/find");
        config.allow_anonymous();
        config.answers_with::<Person>(200);
        config.answers_with::<Firm>(200);
        config.answers_with::<Firm>(200);
    }
    |(), cx| { cx.send.status_async(StatusCode::OK).await }
}
endpoint! {
    Count: Stock => ();
    |config| {
        config.post("/count");
        config.authenticated();
        let counts = BTreeMap::from([(5, 7)]);
        config.example("one", &Stock { counts, schema: "stock".to_owned() });
    }
    |_, cx| { cx.send.no_content_async().await }
}

/// Knows its callers by their connection.
struct ByCertificate;

#[async_trait]
impl AuthenticationScheme for ByCertificate {
    fn carriers(&self) -> Vec<Carrier> {
        Vec::new()
    }

    fn challenge(&self, _: &request::Parts) -> HeaderValue {
        HeaderValue::from_static("Certificate")
    }

    async fn authenticate(&self, _: &request::Parts) -> Result<Option<Identity>> {
        Ok(None)
    }
}

fn document() -> Value {
    let host = Host::empty().endpoint::<Find>().endpoint::<Count>().authentication(ByCertificate);
    host.build().unwrap().openapi().version_3_1().clone()
}

#[test]
fn two_answers_with_one_status_are_alternatives() {
    let answer = &document()["paths"]["/find"]["get"]["responses"]["200"];
    let alternatives = json!([
        { "$ref": "#/components/schemas/Person" },
        { "$ref": "#/components/schemas/Firm" },
    ]);
    assert_eq!(answer["content"]["application/json"]["schema"], json!({ "anyOf": alternatives }));
    assert_eq!(answer["description"], "OK");
}

#[test]
fn a_field_with_the_name_of_a_keyword_stays() {
    let document = document();
    let stock = &document["components"]["schemas"]["Stock"];
    assert_eq!(stock["properties"]["$schema"], json!({ "type": "string" }));
    let content = &document["paths"]["/count"]["post"]["requestBody"]["content"];
    let example = &content["application/json"]["examples"]["one"]["value"];
    assert_eq!(*example, json!({ "counts": { "5": 7 }, "$schema": "stock" }));
}

#[test]
fn a_closed_endpoint_is_not_described_as_open() {
    let document = document();
    let security = &document["paths"]["/count"]["post"]["security"];
    assert_eq!(*security, json!([{ "connection": [] }]));
    assert_eq!(document["components"]["securitySchemes"]["connection"]["type"], "mutualTLS");
}
