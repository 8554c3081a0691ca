//! Checks whether an example fits its schema: types, required fields, unknown fields, constants,
//! bounds and alternatives.
//!
//! Other keywords are not checked, such as `format`, `pattern`, `patternProperties`, `prefixItems`
//! and `not`.

use serde_json::{Map, Value};

/// Maximum nesting depth of values and references. Deeper parts are not checked.
const DEPTH: usize = 64;

/// Returns the reason why a value does not fit a schema, with the path of the invalid part, or
/// `None` if it fits. References are resolved in `schemas`.
pub(crate) fn misfit(
    value: &Value,
    schema: &Value,
    schemas: &Map<String, Value>,
) -> Option<String> {
    let check = Check { schemas };
    check.misfit(value, schema, "", DEPTH)
}

struct Check<'s> {
    schemas: &'s Map<String, Value>,
}

impl Check<'_> {
    fn misfit(&self, value: &Value, schema: &Value, path: &str, depth: usize) -> Option<String> {
        let depth = depth.checked_sub(1)?;
        let Some(object) = schema.as_object() else {
            return (*schema == Value::Bool(false)).then(|| at(path, "is not allowed"));
        };
        if let Some(target) = object.get("$ref").and_then(Value::as_str) {
            let name = target.rsplit('/').next().unwrap_or_default();
            let target = self.schemas.get(name)?;
            if let Some(fault) = self.misfit(value, target, path, depth) {
                return Some(fault);
            }
        }
        of_type(value, object, path)
            .or_else(|| of_constants(value, object, path))
            .or_else(|| of_bounds(value, object, path))
            .or_else(|| self.of_parts(value, object, path, depth))
            .or_else(|| self.of_choices(value, object, path, depth))
    }

    /// Returns the reason why a field of an object or an element of a list does not fit, or `None`
    /// if all fit.
    fn of_parts(
        &self,
        value: &Value,
        schema: &Map<String, Value>,
        path: &str,
        depth: usize,
    ) -> Option<String> {
        match value {
            Value::Array(elements) => {
                let of_all = schema.get("items")?;
                let misfit = |(index, element)| {
                    self.misfit(element, of_all, &format!("{path}[{index}]"), depth)
                };
                elements.iter().enumerate().find_map(misfit)
            }
            Value::Object(fields) => {
                let required = schema.get("required").and_then(Value::as_array);
                let required = required.into_iter().flatten().filter_map(Value::as_str);
                let mut lost = required.filter(|name| !fields.contains_key(*name));
                if let Some(name) = lost.next() {
                    return Some(at(&joined(path, name), "is missing"));
                }
                let properties = schema.get("properties").and_then(Value::as_object);
                // The schemas of maps with numbers as keys have `patternProperties`.
                let has_patterns = schema.contains_key("patternProperties");
                let others = schema.get("additionalProperties").filter(|_| !has_patterns);
                fields.iter().find_map(|(name, field)| {
                    let listed = properties.and_then(|properties| properties.get(name));
                    self.misfit(field, listed.or(others)?, &joined(path, name), depth)
                })
            }
            _ => None,
        }
    }

    /// Returns the reason why a value does not fit `allOf`, `anyOf` or `oneOf`, or `None` if it
    /// fits. Checks `oneOf` like `anyOf`, and only if the schema has no `anyOf`.
    fn of_choices(
        &self,
        value: &Value,
        schema: &Map<String, Value>,
        path: &str,
        depth: usize,
    ) -> Option<String> {
        let choices = |keyword: &str| schema.get(keyword).and_then(Value::as_array);
        let mut all = choices("allOf").into_iter().flatten();
        if let Some(fault) = all.find_map(|one| self.misfit(value, one, path, depth)) {
            return Some(fault);
        }
        let any = choices("anyOf").or_else(|| choices("oneOf"))?;
        let fits = any.iter().any(|one| self.misfit(value, one, path, depth).is_none());
        (!fits && !any.is_empty()).then(|| at(path, "fits none of its alternatives"))
    }
}

fn of_type(value: &Value, schema: &Map<String, Value>, path: &str) -> Option<String> {
    let types = schema.get("type")?;
    let list = types.as_array().into_iter().flatten().filter_map(Value::as_str);
    let names: Vec<_> = types.as_str().into_iter().chain(list).collect();
    let is = |name: &&str| match *name {
        "null" => value.is_null(),
        "boolean" => value.is_boolean(),
        "string" => value.is_string(),
        "number" => value.is_number(),
        "integer" => value.is_i64() || value.is_u64(),
        "array" => value.is_array(),
        "object" => value.is_object(),
        _ => true,
    };
    (!names.iter().any(is)).then(|| at(path, &format!("is not of type {}", names.join(" or "))))
}

fn of_constants(value: &Value, schema: &Map<String, Value>, path: &str) -> Option<String> {
    let is_other = schema.get("const").is_some_and(|constant| constant != value);
    let listed = schema.get("enum").and_then(Value::as_array);
    let is_unlisted = listed.is_some_and(|values| !values.contains(value));
    (is_other || is_unlisted).then(|| at(path, "is not one of the listed values"))
}

fn of_bounds(value: &Value, schema: &Map<String, Value>, path: &str) -> Option<String> {
    let (size, least, most) = match value {
        Value::Number(number) => (number.as_f64()?, "minimum", "maximum"),
        Value::String(text) => (count(text.chars().count()), "minLength", "maxLength"),
        Value::Array(list) => (count(list.len()), "minItems", "maxItems"),
        _ => return None,
    };
    let broken = |keyword: &'static str, is_outside: fn(f64, f64) -> bool| {
        let bound = schema.get(keyword)?;
        let text = || at(path, &format!("is out of bounds: `{keyword}` is {bound}"));
        is_outside(size, bound.as_f64()?).then(text)
    };
    let of_numbers = || {
        broken("exclusiveMinimum", |size, least| size <= least)
            .or_else(|| broken("exclusiveMaximum", |size, most| size >= most))
    };
    broken(least, |size, least| size < least)
        .or_else(|| broken(most, |size, most| size > most))
        .or_else(|| value.is_number().then(of_numbers)?)
}

/// Returns a length as an `f64`, to compare it with a bound. Returns infinity above `u32::MAX`.
fn count(length: usize) -> f64 {
    u32::try_from(length).map_or(f64::INFINITY, f64::from)
}

fn joined(path: &str, name: &str) -> String {
    if path.is_empty() { name.to_owned() } else { format!("{path}.{name}") }
}

fn at(path: &str, fault: &str) -> String {
    if path.is_empty() { format!("the value {fault}") } else { format!("`{path}` {fault}") }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[track_caller]
    fn check(value: &Value, expected: Option<&str>) {
        let line = json!({
            "type": "object",
            "required": ["item"],
            "properties": {
                "item": { "type": "string", "minLength": 1 },
                "quantity": { "type": ["integer", "null"], "minimum": 1, "maximum": 9 },
                "kind": { "enum": ["a", "b"] },
                "size": { "anyOf": [{ "type": "number" }, { "const": "all" }] },
            },
            "additionalProperties": false,
        });
        let schemas = Map::from_iter([("Line".to_owned(), line)]);
        let schema = json!({ "type": "array", "items": { "$ref": "#/components/schemas/Line" }, "maxItems": 2 });
        assert_eq!(misfit(value, &schema, &schemas).as_deref(), expected);
    }

    #[test]
    fn the_part_at_fault_is_named() {
        check(&json!([{ "item": "tea", "quantity": 3, "kind": "a", "size": "all" }]), None);
        check(&json!([{ "item": "tea", "quantity": null }]), None);
        check(&json!({}), Some("the value is not of type array"));
        check(&json!([{ "quantity": 3 }]), Some("`[0].item` is missing"));
        check(&json!([{ "item": "" }]), Some("`[0].item` is out of bounds: `minLength` is 1"));
        check(
            &json!([{ "item": "a", "quantity": 10 }]),
            Some("`[0].quantity` is out of bounds: `maximum` is 9"),
        );
        check(&json!([{ "item": 3 }]), Some("`[0].item` is not of type string"));
        check(
            &json!([{ "item": "a", "kind": "c" }]),
            Some("`[0].kind` is not one of the listed values"),
        );
        check(
            &json!([{ "item": "a", "size": "no" }]),
            Some("`[0].size` fits none of its alternatives"),
        );
        check(&json!([{ "item": "a", "other": 1 }]), Some("`[0].other` is not allowed"));
        check(
            &json!([{ "item": "a" }, { "item": "a" }, { "item": "a" }]),
            Some("the value is out of bounds: `maxItems` is 2"),
        );
    }

    #[test]
    fn a_map_with_numbers_as_keys_has_fields() {
        let schema = json!({
            "type": "object",
            "patternProperties": { "^\\d+$": { "type": "integer" } },
            "additionalProperties": false,
        });
        assert_eq!(misfit(&json!({ "5": 7 }), &schema, &Map::new()), None);
    }
}
