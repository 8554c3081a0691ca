//! Construction of a request from JSON values by field name, for callers without the Rust type.

use std::borrow::Cow;

use http::Method;
use serde_json::{Map, Value};

use super::super::from::Source;
use super::super::plan::{BindingPlan, Origin, Rest};
use super::draft::Draft;
use super::fields::Field;
use super::invalid_outgoing::InvalidOutgoing;
use super::outgoing::Outgoing;
use super::path::path;
use super::texts::texts;
use crate::route::RouteTemplate;

impl Outgoing {
    /// Builds the request for this method and route from JSON values by field name. Each value is
    /// sent in the part of the request from which `plan` binds the field of that name. A value that
    /// the schema does not list is sent with the fields that are neither route parameters nor of a
    /// [`from`](super::super::from) type: in the query or in the JSON body.
    ///
    /// # Errors
    ///
    /// [`InvalidOutgoing`], with the name of the field, if a route parameter has no value, if a
    /// source cannot represent a value, if the request has no such field, or if the field comes
    /// from a header, a cookie or a claim, which a caller cannot set.
    pub fn planned(
        (method, route): (&Method, &RouteTemplate),
        plan: &BindingPlan,
        mut values: Map<String, Value>,
    ) -> Result<Self, InvalidOutgoing> {
        let invalid = |(name, reason): (String, String)| InvalidOutgoing {
            route: format!("{method} {route}"),
            name,
            reason,
        };
        let path = path(route, |name| segment(values.get(name))).map_err(invalid)?;
        values.retain(|name, _| !route.params().contains(name));
        let mut draft = Draft::default();
        for field in &plan.sourced {
            let Some(value) = values.remove(&field.name) else { continue };
            let source = source(&field.origin)
                .map_err(|reason| invalid((field.name.clone(), reason.to_owned())))?;
            let has_parts = source != Source::Query || field.kind.has_parts();
            let value = fitting(value, has_parts)
                .map_err(|reason| invalid((field.name.clone(), reason)))?;
            let field = Field { name: field.name.clone(), source: Some(source), value };
            draft.put(source, field).map_err(invalid)?;
        }
        match plan.rest {
            Rest::Body => draft.json(values.into()),
            Rest::Query => {
                for (name, value) in values {
                    let known = plan.others.iter().find(|field| field.name == name);
                    let has_parts = known.is_none_or(|field| field.kind.has_parts());
                    let value = fitting(value, has_parts)
                        .map_err(|reason| invalid((name.clone(), reason)))?;
                    let field = Field { name, source: None, value };
                    draft.put(Source::Query, field).map_err(invalid)?;
                }
            }
            Rest::Nothing => {
                if let Some((name, _)) = values.into_iter().next() {
                    return Err(invalid((name, "is not a field of the request".to_owned())));
                }
            }
        }
        Ok(Self::of(draft, path))
    }
}

impl Outgoing {
    /// Returns the encoded path of a route, or `None` if the value of a parameter is absent or
    /// cannot be part of a path. `text` returns the value of the parameter with the given name.
    #[doc(hidden)]
    #[must_use]
    pub fn path<'v>(
        route: &RouteTemplate,
        text: impl Fn(&str) -> Option<Cow<'v, str>>,
    ) -> Option<String> {
        path(route, |name| text(name).ok_or_else(String::new)).ok()
    }
}

impl BindingPlan {
    /// Returns the names of the route parameters and of the fields with a
    /// [`from`](super::super::from) type, or `None` if the other fields do not come from the body.
    #[doc(hidden)]
    #[must_use]
    pub fn outside_body(&self, route: &RouteTemplate) -> Option<Vec<String>> {
        let sourced = self.sourced.iter().map(|field| &field.name);
        let sourced = sourced.filter(|name| !route.params().contains(name));
        let names = route.params().iter().chain(sourced).cloned();
        (self.rest == Rest::Body).then(|| names.collect())
    }
}

/// Returns the value of a route parameter as text.
///
/// # Errors
///
/// The reason, if there is no value, if there are several values, or if the value cannot be sent as
/// text.
fn segment(value: Option<&Value>) -> Result<Cow<'static, str>, String> {
    match value.map(texts).transpose()?.unwrap_or_default().as_slice() {
        [text] => Ok(text.clone().into()),
        [] => Err("has no value".to_owned()),
        _ => Err("is a list, but a route parameter takes one value".to_owned()),
    }
}

/// Returns the value, or an error if it is an object or a list and `has_parts` is `false`. Without
/// this check, an empty list, for example, would be ignored.
fn fitting(value: Value, has_parts: bool) -> Result<Value, String> {
    match !has_parts && (value.is_object() || value.is_array()) {
        true => Err("is a list or an object, but the field takes one value".to_owned()),
        false => Ok(value),
    }
}

/// Returns the source of a field, or an error if a caller cannot set the field: a header, a cookie
/// or a claim.
fn source(origin: &Origin) -> Result<Source, &'static str> {
    match origin {
        Origin::Query => Ok(Source::Query),
        Origin::Form => Ok(Source::Form),
        Origin::Body => Ok(Source::Body),
        Origin::Route(_) | Origin::Header(_) | Origin::Cookie | Origin::Claim => {
            Err("comes from a header, a cookie or a claim, which a caller cannot set")
        }
    }
}

#[cfg(test)]
mod tests {
    use schemars::JsonSchema;
    use serde::Deserialize;
    use serde_json::json;

    use super::*;
    use crate::bind::{FromRequest, PlanFor, from};

    #[derive(Deserialize, JsonSchema)]
    #[expect(dead_code, reason = "only the schema is used")]
    struct Rename {
        id: u32,
        dry_run: from::Query<Option<bool>>,
        #[serde(rename = "x-tenant")]
        tenant: from::Header<Option<String>>,
        sub: from::Claim<String>,
        name: String,
    }

    fn planned(method: &Method, route: &str, values: Value) -> Result<Outgoing, InvalidOutgoing> {
        let route = RouteTemplate::parse(route).unwrap();
        let schema = <Rename as FromRequest>::schema();
        let (plan, _) = BindingPlan::new(PlanFor {
            method,
            params: route.params(),
            schema: schema.as_ref(),
            takes_body: false,
            is_anonymous: false,
        });
        let Value::Object(values) = values else { panic!("an object") };
        Outgoing::planned((method, &route), &plan, values)
    }

    #[test]
    fn each_value_goes_to_the_source_of_its_field() {
        let values = json!({ "id": 7, "dry_run": true, "name": "Ann" });
        let put = planned(&Method::PUT, "/users/{id}", values.clone()).unwrap();
        assert_eq!(
            (put.target.as_str(), &put.body[..]),
            ("/users/7?dry_run=true", &br#"{"name":"Ann"}"#[..])
        );
        let get = planned(&Method::GET, "/users/{id}", values).unwrap();
        assert_eq!((get.target.as_str(), get.body.len()), ("/users/7?dry_run=true&name=Ann", 0));
    }

    #[test]
    fn no_value_goes_into_a_header_or_a_claim_and_none_leaves_its_segment() {
        for (values, at_fault) in [
            (json!({ "id": 7, "x-tenant": "other" }), "x-tenant"),
            (json!({ "id": 7, "sub": "other" }), "sub"),
            (json!({ "id": ".." }), "id"),
            (json!({ "id": 7, "dry_run": { "a": [] } }), "dry_run"),
            (json!({ "name": "Ann" }), "id"),
        ] {
            let refused = planned(&Method::PUT, "/users/{id}", values).unwrap_err();
            assert_eq!(refused.name(), at_fault);
        }
        let slash = planned(&Method::PUT, "/users/{id}", json!({ "id": "a/../b?c#d" })).unwrap();
        assert_eq!(slash.target, "/users/a%2F..%2Fb%3Fc%23d");
    }
}
