//! Endpoints with special arguments: one that a header repeats, and one with a handwritten schema.

use hyperpoint::prelude::*;
use hyperpoint_mcp::OfferTool;
use schemars::{Schema, json_schema};

#[derive(Deserialize, JsonSchema)]
pub(crate) struct Query {
    /// The region in which the query runs. A proxy routes requests by the region.
    #[schemars(extend("x-mcp-header" = "Region"))]
    region: String,
}

/// Runs a query in a region.
#[derive(Endpoint)]
pub(crate) struct InRegion;

impl Endpoint for InRegion {
    type Request = Query;
    type Response = String;

    fn configure(config: &mut Config) {
        config.get("/regions/{region}");
        config.allow_anonymous();
        config.tool().name("test_in_region");
    }

    async fn handle(&self, Query { region }: Query, cx: Cx<'_, Self>) -> Result {
        cx.send.ok_async(format!("ran in {region}")).await
    }
}

/// The contact details of a person, with a handwritten schema.
#[derive(Deserialize)]
pub(crate) struct NewContact {
    name: Option<String>,
    address: Option<serde_json::Value>,
    #[serde(rename = "contactMethod")]
    method: Option<String>,
    phone: Option<String>,
    email: Option<String>,
}

impl JsonSchema for NewContact {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "NewContact".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> Schema {
        json_schema!({
            "type": "object",
            "$defs": {
                "address": {
                    "$anchor": "addressDef",
                    "type": "object",
                    "properties": { "street": { "type": "string" }, "city": { "type": "string" } },
                },
            },
            "properties": {
                "name": { "type": "string" },
                "address": { "$ref": "#/$defs/address" },
                "contactMethod": { "type": "string", "enum": ["phone", "email"] },
                "phone": { "type": "string" },
                "email": { "type": "string" },
            },
            "allOf": [{ "anyOf": [{ "required": ["phone"] }, { "required": ["email"] }] }],
            "if": {
                "properties": { "contactMethod": { "const": "phone" } },
                "required": ["contactMethod"],
            },
            "then": { "required": ["phone"] },
            "else": { "required": ["email"] },
            "additionalProperties": false,
        })
    }
}

/// Adds a contact, with features of JSON Schema 2020-12 in the schema of its arguments.
#[derive(Endpoint)]
pub(crate) struct Contact;

impl Endpoint for Contact {
    type Request = NewContact;
    type Response = String;

    fn configure(config: &mut Config) {
        config.post("/contacts");
        config.allow_anonymous();
        config.tool().name("json_schema_2020_12_tool");
    }

    async fn handle(&self, contact: NewContact, cx: Cx<'_, Self>) -> Result {
        let NewContact { name, address, method, phone, email } = contact;
        let parts = [name, address.map(|address| address.to_string()), method, phone, email];
        let known: Vec<_> = parts.into_iter().flatten().collect();
        cx.send.ok_async(known.join(", ")).await
    }
}
