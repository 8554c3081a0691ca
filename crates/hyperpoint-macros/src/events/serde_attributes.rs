//! Parsing of the attributes of serde and schemars on the same enum: the names of its variants, and
//! options that events do not support. This module does not depend on the attributes of this crate.

use syn::punctuated::Punctuated;
use syn::{Attribute, Error, Expr, ExprLit, Lit, Meta, Token};

use super::case::Case;

/// Enum options that change the serde representation to one that events do not support.
const NOT_ON_ENUMS: [&str; 5] = ["content", "untagged", "from", "try_from", "into"];

/// Variant options that exclude the variant from serialization or deserialization, or change its
/// representation.
const NOT_ON_VARIANTS: [&str; 5] =
    ["skip", "skip_serializing", "skip_deserializing", "other", "untagged"];

/// The options that determine the serde representation of an enum.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Representation {
    /// The case of the variant names, set by `rename_all` of schemars or else of serde. `None` if
    /// the option is absent.
    pub(super) case: Option<Case>,
    /// The field that contains the name of the variant, set by `tag = "…"`. `None` if the option is
    /// absent.
    pub(super) tag_field: Option<String>,
}

/// Returns the representation of the enum, and adds an error for each unsupported option.
pub(super) fn of_enum(attributes: &[Attribute], errors: &mut Vec<Error>) -> Representation {
    let of_serde = options_of(attributes, "serde");
    let of_schemars = options_of(attributes, "schemars");
    // If only schemars had a `tag`, the schema would differ from the data.
    let stray = of_schemars.iter().filter(|option| is_one_of(option, &["tag"]));
    let options = || of_serde.iter().chain(&of_schemars);
    for option in options().filter(|option| is_one_of(option, &NOT_ON_ENUMS)).chain(stray) {
        let text = "an enum of events must have serde's default representation, or \
                    `#[serde(tag = \"…\")]` alone: remove this option";
        errors.push(Error::new_spanned(option, text));
    }
    let options: Vec<_> = options().cloned().collect();
    Representation {
        case: renamed(&options, "rename_all").and_then(|name| Case::named(&name)),
        tag_field: renamed(&of_serde, "tag"),
    }
}

/// Returns the name that schemars or else serde sets for a variant, or `None` if both are unset.
/// Adds an error for each unsupported option.
pub(super) fn of_variant(attributes: &[Attribute], errors: &mut Vec<Error>) -> Option<String> {
    let options = options(attributes);
    for option in options.iter().filter(|option| is_one_of(option, &NOT_ON_VARIANTS)) {
        let text = "each variant is an event, which must serialize and deserialize: remove this \
                    option, or move the variant to another enum";
        errors.push(Error::new_spanned(option, text));
    }
    renamed(&options, "rename")
}

/// Returns the options in `#[serde(…)]`, followed by the options in `#[schemars(…)]`, which take
/// precedence in schemas. Skips invalid attributes, because the derives of serde and schemars
/// report errors for them.
fn options(attributes: &[Attribute]) -> Vec<Meta> {
    [options_of(attributes, "serde"), options_of(attributes, "schemars")].concat()
}

/// Returns the options in the attributes of this name.
fn options_of(attributes: &[Attribute], name: &str) -> Vec<Meta> {
    let named = attributes.iter().filter(|attribute| attribute.path().is_ident(name));
    let parsed = named.filter_map(|attribute| {
        attribute.parse_args_with(Punctuated::<Meta, Token![,]>::parse_terminated).ok()
    });
    parsed.flatten().collect()
}

fn is_one_of(option: &Meta, names: &[&str]) -> bool {
    names.iter().any(|name| option.path().is_ident(name))
}

/// Returns the value of the last `name = "…"` or `name(serialize = "…")`, or `None` if the option
/// is absent.
fn renamed(options: &[Meta], name: &str) -> Option<String> {
    let named = options.iter().filter(|option| option.path().is_ident(name));
    named
        .filter_map(|option| match option {
            Meta::NameValue(pair) => text(&pair.value),
            Meta::List(list) => {
                let parts = list.parse_args_with(Punctuated::<Meta, Token![,]>::parse_terminated);
                renamed(&parts.ok()?.into_iter().collect::<Vec<_>>(), "serialize")
            }
            Meta::Path(_) => None,
        })
        .next_back()
}

fn text(value: &Expr) -> Option<String> {
    match value {
        Expr::Lit(ExprLit { lit: Lit::Str(text), .. }) => Some(text.value()),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use syn::{DeriveInput, parse_quote};

    use super::*;

    #[track_caller]
    fn check(input: &DeriveInput, case: Option<Case>, name: Option<&str>) {
        let mut errors = Vec::new();
        assert_eq!(of_enum(&input.attrs, &mut errors).case, case);
        assert_eq!(of_variant(&input.attrs, &mut errors).as_deref(), name);
        assert_eq!(errors.len(), 0);
    }

    #[test]
    fn names_are_found_among_other_options() {
        check(
            &parse_quote! { #[serde(deny_unknown_fields, rename_all = "camelCase")] enum E {} },
            Some(Case::Camel),
            None,
        );
        check(
            &parse_quote! { #[serde(rename(deserialize = "a", serialize = "b"))] enum E {} },
            None,
            Some("b"),
        );
        check(
            &parse_quote! { #[schemars(rename = "b")] #[serde(rename = "a")] enum E {} },
            None,
            Some("b"),
        );
        check(&parse_quote! { #[serde(bound(serialize = "T: X"), rename)] enum E {} }, None, None);
    }

    #[test]
    fn a_tag_is_found_and_its_rivals_are_errors() {
        #[track_caller]
        fn check(input: &DeriveInput, tag: Option<&str>, count: usize) {
            let mut errors = Vec::new();
            assert_eq!(of_enum(&input.attrs, &mut errors).tag_field.as_deref(), tag);
            assert_eq!(errors.len(), count);
        }
        check(
            &parse_quote! { #[serde(tag = "type", rename_all = "camelCase")] enum E {} },
            Some("type"),
            0,
        );
        check(&parse_quote! { #[serde(tag = "t", content = "c")] enum E {} }, Some("t"), 1);
        check(&parse_quote! { #[serde(untagged)] enum E {} }, None, 1);
        check(&parse_quote! { #[schemars(tag = "type")] enum E {} }, None, 1);
        check(&parse_quote! { enum E {} }, None, 0);
    }
}
