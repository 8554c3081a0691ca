//! Parsing of `#[events(…)]` and `#[event(…)]`. This module does not depend on the attributes of
//! serde.

use syn::meta::ParseNestedMeta;
use syn::{Attribute, Error, Field, LitStr};

use super::case::Case;

/// Returns the case of the event names, which `#[events(rename_all = "…")]` sets. Default:
/// `kebab-case`.
pub(super) fn of_enum(attributes: &[Attribute], errors: &mut Vec<Error>) -> Case {
    let text = "`#[event]` is for variants and fields: write `#[events(rename_all = \"…\")]` above \
                an enum";
    misplaced(attributes, "event", text, errors);
    let mut case = Case::Kebab;
    for attribute in named(attributes, "events") {
        let parsed = attribute.parse_nested_meta(|meta| {
            if !meta.path.is_ident("rename_all") {
                return Err(meta.error("unknown option: the only option is `rename_all = \"…\"`"));
            }
            case = parse_case(&meta)?;
            Ok(())
        });
        errors.extend(parsed.err());
    }
    case
}

fn parse_case(meta: &ParseNestedMeta<'_>) -> syn::Result<Case> {
    let name: LitStr = meta.value()?.parse()?;
    let unknown =
        || Error::new(name.span(), format!("unknown case: write one of {}", Case::names()));
    Case::named(&name.value()).ok_or_else(unknown)
}

/// Returns the event name that `#[event("…")]` sets, or `None` if the attribute is absent.
pub(super) fn of_variant(attributes: &[Attribute], errors: &mut Vec<Error>) -> Option<LitStr> {
    let text = "`#[events]` is for enums: write `#[event(\"…\")]` above a variant";
    misplaced(attributes, "events", text, errors);
    let mut found = None;
    for attribute in named(attributes, "event") {
        match attribute.parse_args::<LitStr>() {
            Ok(_) if found.is_some() => {
                errors.push(Error::new_spanned(
                    attribute,
                    "duplicate event name: keep one `#[event(\"…\")]`",
                ));
            }
            Ok(name) => found = Some(name),
            Err(_) => {
                let text = "the name of an event must be a string: write `#[event(\"…\")]`";
                errors.push(Error::new_spanned(attribute, text));
            }
        }
    }
    found
}

/// Returns whether the field is marked `#[event(id)]`.
pub(super) fn is_id(field: &Field, errors: &mut Vec<Error>) -> bool {
    let text = "`#[events]` is for enums: write `#[event(id)]` above a field";
    misplaced(&field.attrs, "events", text, errors);
    let mut is_id = false;
    for attribute in named(&field.attrs, "event") {
        match attribute.parse_args::<syn::Ident>() {
            Ok(option) if option == "id" => is_id = true,
            _ => {
                let text = "unknown option: the only option of a field is `#[event(id)]`";
                errors.push(Error::new_spanned(attribute, text));
            }
        }
    }
    is_id
}

fn misplaced(attributes: &[Attribute], name: &str, text: &str, errors: &mut Vec<Error>) {
    errors.extend(named(attributes, name).map(|attribute| Error::new_spanned(attribute, text)));
}

fn named<'a>(attributes: &'a [Attribute], name: &str) -> impl Iterator<Item = &'a Attribute> {
    attributes.iter().filter(move |attribute| attribute.path().is_ident(name))
}
