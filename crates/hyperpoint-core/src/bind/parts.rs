//! Query and form values whose names address a value nested in a field, such as `items[0].price` or
//! `items[0][price]`.
//!
//! A name begins with the name of a field. Each further part of the name is in brackets or after a
//! dot, and is the name of a nested field, the key of a map, or the index of a list element. The
//! name `tags[]` appends a value to the list `tags`.

use std::collections::HashMap;

use super::plan::BindingPlan;
use super::schema::Kind;
use super::shapes::ShapeId;
use super::text::Pair;
use super::text_values::{Sent, TextValues};

/// Maximum number of values in one request whose names address a value nested in a field.
const MAX_VALUES: usize = 4_096;

/// Maximum number of parts of a name after the name of its field.
const MAX_DEPTH: usize = 16;

/// Returns whether any name addresses a value nested in a field.
pub(super) fn has_parts(pairs: &[Pair<'_>], plan: &BindingPlan) -> bool {
    plan.shapes.is_some() && pairs.iter().any(|(name, _)| plan.field_of(name).1.is_some())
}

/// Groups values by field. Returns each field once, with all its values, except the fields for
/// which `is_skipped` returns `true`.
pub(super) fn gather_parts<'a>(
    sent: impl Iterator<Item = (&'a str, Sent<'a>)>,
    plan: &BindingPlan,
    is_skipped: impl Fn(&str) -> bool,
) -> Vec<(&'a str, TextValues<'a>)> {
    let mut fields: Vec<(&str, TextValues<'_>)> = Vec::new();
    let mut indexes: HashMap<&str, usize> = HashMap::new();
    let mut count = 0;
    for (name, value) in sent {
        let (field, shape) = plan.field_of(name);
        if is_skipped(field) {
            continue;
        }
        let index = *indexes.entry(field).or_insert(fields.len());
        if index == fields.len() {
            fields.push((field, TextValues::none(plan.kind_of_text(field))));
        }
        let Some((_, values)) = fields.get_mut(index) else {
            continue;
        };
        count += usize::from(shape.is_some());
        match names_of_parts(&name[field.len()..]) {
            _ if shape.is_none() => values.push(value),
            _ if count > MAX_VALUES => values.refuse("the request has over 4,096 nested values"),
            Ok(parts) => values.add(value, &parts, &|parts| kind_of_part(plan, shape, parts)),
            Err(reason) => values.refuse(reason),
        }
    }
    fields
}

/// Returns the kind of the value that the name of a form part addresses, or `None` if the request
/// type has no form field for this name.
#[cfg(feature = "multipart")]
pub(super) fn kind_at(plan: &BindingPlan, name: &str) -> Option<Kind> {
    let (field, shape) = plan.field_of(name);
    let other = plan.others.iter().find(|other| other.name == field)?;
    match (shape, names_of_parts(&name[field.len()..])) {
        (Some(_), Ok(parts)) => Some(kind_of_part(plan, shape, &parts)),
        _ => Some(other.kind),
    }
}

fn kind_of_part(plan: &BindingPlan, field: Option<ShapeId>, parts: &[&str]) -> Kind {
    let Some(shapes) = &plan.shapes else {
        return Kind::default();
    };
    shapes.kind(parts.iter().fold(field, |shape, part| shapes.part(shape, part)))
}

/// Splits the rest of a name after its field into parts, such as `[0].price` into `0` and `price`.
/// Returns the reason if the name is invalid.
fn names_of_parts(mut rest: &str) -> Result<Vec<&str>, &'static str> {
    let mut parts = Vec::new();
    while !rest.is_empty() {
        if parts.len() == MAX_DEPTH {
            return Err("has a name with more than 16 nested parts");
        }
        let (part, after) = if let Some(part) = rest.strip_prefix('.') {
            part.split_at(part.find(['.', '[']).unwrap_or(part.len()))
        } else {
            let inside =
                rest.strip_prefix('[').ok_or("has a name with text after a closing bracket")?;
            inside.split_once(']').ok_or("has a name with an unclosed bracket")?
        };
        if part.contains('[') || (part.is_empty() && rest.starts_with('.')) {
            return Err("has a malformed name; write it like `items[0].price`");
        }
        parts.push(part);
        rest = after;
    }
    Ok(parts)
}
