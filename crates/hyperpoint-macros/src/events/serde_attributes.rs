//! Parses the attributes of serde and schemars on the same enum: the names of its variants, and
//! options that events do not support. It must not know the attributes of this crate.

use syn::punctuated::Punctuated;
use syn::{Attribute, Error, Expr, ExprLit, Lit, Meta, Token};

use super::case::Case;

/// Options that change serde's representation of an enum.
const NOT_ON_ENUMS: [&str; 6] = ["tag", "content", "untagged", "from", "try_from", "into"];

/// Options that exclude a variant from serialization or deserialization, or change its
/// representation.
const NOT_ON_VARIANTS: [&str; 5] =
    ["skip", "skip_serializing", "skip_deserializing", "other", "untagged"];

/// Returns the case of the serde names, if set.
pub(super) fn of_enum(attributes: &[Attribute], errors: &mut Vec<Error>) -> Option<Case> {
    let options = options(attributes);
    for option in options.iter().filter(|option| is_one_of(option, &NOT_ON_ENUMS)) {
        let text = "an enum of events must keep serde's default representation: remove this option";
        errors.push(Error::new_spanned(option, text));
    }
    renamed(&options, "rename_all").and_then(|name| Case::named(&name))
}

/// Returns the serde name of a variant, if set.
pub(super) fn of_variant(attributes: &[Attribute], errors: &mut Vec<Error>) -> Option<String> {
    let options = options(attributes);
    for option in options.iter().filter(|option| is_one_of(option, &NOT_ON_VARIANTS)) {
        let text = "each variant is an event, which must serialize and deserialize: remove this \
                    option, or move the variant to another enum";
        errors.push(Error::new_spanned(option, text));
    }
    renamed(&options, "rename")
}

/// Returns the options in `#[serde(…)]`, then those in `#[schemars(…)]`, which have precedence in
/// schemas. Skips invalid attributes, for which the derives of serde and schemars report an error.
fn options(attributes: &[Attribute]) -> Vec<Meta> {
    let of = |name: &'static str| {
        let named = attributes.iter().filter(move |attribute| attribute.path().is_ident(name));
        named.filter_map(|attribute| {
            attribute.parse_args_with(Punctuated::<Meta, Token![,]>::parse_terminated).ok()
        })
    };
    of("serde").chain(of("schemars")).flatten().collect()
}

fn is_one_of(option: &Meta, names: &[&str]) -> bool {
    names.iter().any(|name| option.path().is_ident(name))
}

/// Returns the text of the last `name = "…"` or `name(serialize = "…")`.
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
        assert_eq!(of_enum(&input.attrs, &mut errors), case);
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
}
