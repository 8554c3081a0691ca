//! What the derive reads: the enum, its variants and their names, and every mistake in them.

use std::collections::HashMap;

use syn::ext::IdentExt;
use syn::{Data, DeriveInput, Error, Generics, Ident, LitStr, Member, Type};

use super::case::Case;
use super::{attributes, serde_attributes};

/// An enum each of whose variants is an event.
pub(crate) struct Events<'a> {
    pub(crate) name: &'a Ident,
    pub(crate) generics: &'a Generics,
    pub(crate) variants: Vec<Variant<'a>>,
}

/// One event.
pub(crate) struct Variant<'a> {
    pub(crate) ident: &'a Ident,
    /// The name of the event, spanned to where it was chosen.
    pub(crate) event_name: LitStr,
    /// What serde calls the variant.
    pub(crate) tag: String,
    /// The field that is the event's id too.
    pub(crate) id: Option<(Member, &'a Type)>,
}

/// Reads the input to its end. What was read is of use also where there are mistakes, so that one of
/// them brings no others with it.
pub(crate) fn events(input: &DeriveInput) -> (Events<'_>, Vec<Error>) {
    let mut mistakes = Vec::new();
    let case = attributes::of_enum(&input.attrs, &mut mistakes);
    let serde_case = serde_attributes::of_enum(&input.attrs, &mut mistakes);
    let mut variants = Vec::new();
    match &input.data {
        Data::Enum(data) if data.variants.is_empty() => {
            let text = "an enum without variants is no event: write one, such as `Started`";
            mistakes.push(Error::new_spanned(&input.ident, text));
        }
        Data::Enum(data) => variants.extend(
            data.variants.iter().map(|found| variant(found, case, serde_case, &mut mistakes)),
        ),
        Data::Struct(data) => mistakes.push(no_enum(data.struct_token.span, "a struct")),
        Data::Union(data) => mistakes.push(no_enum(data.union_token.span, "a union")),
    }
    twice(&variants, &mut mistakes);
    (Events { name: &input.ident, generics: &input.generics, variants }, mistakes)
}

fn no_enum(span: proc_macro2::Span, found: &str) -> Error {
    let text = format!(
        "events are an enum, and this is {found}: write an `enum` with a variant for each event, or \
         send values of one type with `event_stream_async`",
    );
    Error::new(span, text)
}

fn variant<'a>(
    found: &'a syn::Variant,
    case: Case,
    serde_case: Option<Case>,
    mistakes: &mut Vec<Error>,
) -> Variant<'a> {
    let written = found.ident.unraw().to_string();
    let event_name = attributes::of_variant(&found.attrs, mistakes)
        .unwrap_or_else(|| LitStr::new(&case.spell(&written), found.ident.span()));
    let tag = serde_attributes::of_variant(&found.attrs, mistakes)
        .unwrap_or_else(|| serde_case.unwrap_or(Case::Pascal).spell(&written));
    let mut id = None;
    for (member, field) in found.fields.members().zip(&found.fields) {
        if !attributes::is_id(field, mistakes) {
            continue;
        }
        if id.is_some() {
            let text = "an event has one id: mark one field of the variant";
            mistakes.push(Error::new_spanned(field, text));
        }
        id.get_or_insert((member, &field.ty));
    }
    Variant { ident: &found.ident, event_name, tag, id }
}

/// Two variants of one name could not be told apart by who reads them.
fn twice(variants: &[Variant<'_>], mistakes: &mut Vec<Error>) {
    let mut seen = HashMap::new();
    for variant in variants {
        if let Some(first) = seen.insert(variant.event_name.value(), variant.ident) {
            let name = variant.event_name.value();
            let text = format!(
                "`{name}` is the name of `{first}` already: choose another by `#[event(\"…\")]`",
            );
            mistakes.push(Error::new(variant.event_name.span(), text));
        }
    }
}
