//! What stands in `#[events(…)]` and `#[event(…)]`.

use syn::meta::ParseNestedMeta;
use syn::{Attribute, Error, Field, LitStr};

use super::case::Case;

/// The case of the names: that of `#[events(rename_all = "…")]`, or else `kebab-case`.
pub(super) fn of_enum(attributes: &[Attribute], mistakes: &mut Vec<Error>) -> Case {
    let text =
        "this is for variants and fields: write `#[events(rename_all = \"…\")]` above an enum";
    misplaced(attributes, "event", text, mistakes);
    let mut case = Case::Kebab;
    for attribute in named(attributes, "events") {
        let parsed = attribute.parse_nested_meta(|meta| {
            if !meta.path.is_ident("rename_all") {
                return Err(meta.error("unknown option: the one there is, is `rename_all = \"…\"`"));
            }
            case = read_case(&meta)?;
            Ok(())
        });
        mistakes.extend(parsed.err());
    }
    case
}

fn read_case(meta: &ParseNestedMeta<'_>) -> syn::Result<Case> {
    let name: LitStr = meta.value()?.parse()?;
    let unknown =
        || Error::new(name.span(), format!("unknown case: write one of {}", Case::names()));
    Case::named(&name.value()).ok_or_else(unknown)
}

/// The name of `#[event("…")]`.
pub(super) fn of_variant(attributes: &[Attribute], mistakes: &mut Vec<Error>) -> Option<LitStr> {
    let text = "this is for enums: write `#[event(\"…\")]` above a variant";
    misplaced(attributes, "events", text, mistakes);
    let mut found = None;
    for attribute in named(attributes, "event") {
        match attribute.parse_args::<LitStr>() {
            Ok(_) if found.is_some() => {
                mistakes.push(Error::new_spanned(attribute, "an event has one name: keep one"));
            }
            Ok(name) => found = Some(name),
            Err(_) => {
                let text = "the name of an event is a text: write `#[event(\"…\")]`";
                mistakes.push(Error::new_spanned(attribute, text));
            }
        }
    }
    found
}

/// Whether the field is marked `#[event(id)]`.
pub(super) fn is_id(field: &Field, mistakes: &mut Vec<Error>) -> bool {
    let text = "this is for enums: write `#[event(id)]` above a field";
    misplaced(&field.attrs, "events", text, mistakes);
    let mut is_id = false;
    for attribute in named(&field.attrs, "event") {
        match attribute.parse_args::<syn::Ident>() {
            Ok(option) if option == "id" => is_id = true,
            _ => {
                let text = "unknown option: the one there is for a field, is `#[event(id)]`";
                mistakes.push(Error::new_spanned(attribute, text));
            }
        }
    }
    is_id
}

fn misplaced(attributes: &[Attribute], name: &str, text: &str, mistakes: &mut Vec<Error>) {
    mistakes.extend(named(attributes, name).map(|attribute| Error::new_spanned(attribute, text)));
}

fn named<'a>(attributes: &'a [Attribute], name: &str) -> impl Iterator<Item = &'a Attribute> {
    attributes.iter().filter(move |attribute| attribute.path().is_ident(name))
}
