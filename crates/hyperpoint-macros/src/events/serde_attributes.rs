//! What serde and schemars are told of the same enum: how they call its variants, and what would
//! keep it from being events.

use syn::punctuated::Punctuated;
use syn::{Attribute, Error, Expr, ExprLit, Lit, Meta, Token};

use super::case::Case;

/// What makes an enum something else than its variants.
const NOT_ON_ENUMS: [&str; 6] = ["tag", "content", "untagged", "from", "try_from", "into"];

/// What takes a variant out of the enum.
const NOT_ON_VARIANTS: [&str; 5] =
    ["skip", "skip_serializing", "skip_deserializing", "other", "untagged"];

/// The case in which serde spells the variants, where it is told one.
pub(super) fn of_enum(attributes: &[Attribute], mistakes: &mut Vec<Error>) -> Option<Case> {
    let settings = settings(attributes);
    for setting in settings.iter().filter(|setting| is_one_of(setting, &NOT_ON_ENUMS)) {
        let text = "an event is serialised as its variant, whose name is that of the event: remove \
                    this";
        mistakes.push(Error::new_spanned(setting, text));
    }
    renamed(&settings, "rename_all").and_then(|name| Case::named(&name))
}

/// The name by which serde knows a variant, where it is told one.
pub(super) fn of_variant(attributes: &[Attribute], mistakes: &mut Vec<Error>) -> Option<String> {
    let settings = settings(attributes);
    for setting in settings.iter().filter(|setting| is_one_of(setting, &NOT_ON_VARIANTS)) {
        let text = "each variant is an event, also for who reads it: remove this, or move the \
                    variant to another enum";
        mistakes.push(Error::new_spanned(setting, text));
    }
    renamed(&settings, "rename")
}

/// All that stands in `#[serde(…)]` and, which has the last word on schemas, in `#[schemars(…)]`.
/// What can't be read is told by their own derives.
fn settings(attributes: &[Attribute]) -> Vec<Meta> {
    let of = |name: &'static str| {
        let named = attributes.iter().filter(move |attribute| attribute.path().is_ident(name));
        named.filter_map(|attribute| {
            attribute.parse_args_with(Punctuated::<Meta, Token![,]>::parse_terminated).ok()
        })
    };
    of("serde").chain(of("schemars")).flatten().collect()
}

fn is_one_of(setting: &Meta, names: &[&str]) -> bool {
    names.iter().any(|name| setting.path().is_ident(name))
}

/// The text of `name = "…"`, or of `name(serialize = "…")`; the last one counts.
fn renamed(settings: &[Meta], name: &str) -> Option<String> {
    let named = settings.iter().filter(|setting| setting.path().is_ident(name));
    named
        .filter_map(|setting| match setting {
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
        let mut mistakes = Vec::new();
        assert_eq!(of_enum(&input.attrs, &mut mistakes), case);
        assert_eq!(of_variant(&input.attrs, &mut mistakes).as_deref(), name);
        assert_eq!(mistakes.len(), 0);
    }

    #[test]
    fn names_are_found_among_other_settings() {
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
