//! Parsing of the input of `derive(Events)`: the enum, its variants and their names, and all errors
//! in them. This module does not depend on the generated code.

use std::collections::HashMap;

use syn::ext::IdentExt;
use syn::{Data, DeriveInput, Error, Generics, Ident, LitStr, Member, Type};

use super::case::Case;
use super::serde_attributes::Representation;
use super::{attributes, serde_attributes};

/// The parsed enum, whose variants are events.
pub(crate) struct Events<'a> {
    pub(crate) name: &'a Ident,
    pub(crate) generics: &'a Generics,
    pub(crate) variants: Vec<Variant<'a>>,
    /// The field of the event data that contains the serde name of the variant, set by the option
    /// `tag` of serde. `None` if the option is absent.
    pub(crate) tag_field: Option<String>,
}

/// One variant, which is one event.
pub(crate) struct Variant<'a> {
    pub(crate) ident: &'a Ident,
    /// The name of the event, with the span of the attribute or the variant that sets it.
    pub(crate) event_name: LitStr,
    /// The name of the variant in its JSON Schema: the serde name, unless schemars has another.
    pub(crate) tag: String,
    /// The field marked `#[event(id)]` and its type, or `None` if no field is marked.
    pub(crate) id: Option<(Member, &'a Type)>,
}

/// Parses the enum and collects all errors. Code can be generated for the enum even if there are
/// errors, so that the compiler reports no further errors.
pub(crate) fn events(input: &DeriveInput) -> (Events<'_>, Vec<Error>) {
    let mut errors = Vec::new();
    let case = attributes::of_enum(&input.attrs, &mut errors);
    let Representation { case: serde_case, tag_field } =
        serde_attributes::of_enum(&input.attrs, &mut errors);
    let mut variants = Vec::new();
    match &input.data {
        Data::Enum(data) if data.variants.is_empty() => {
            let text = "an enum of events must have a variant: write one, such as `Started`";
            errors.push(Error::new_spanned(&input.ident, text));
        }
        Data::Enum(data) => variants.extend(
            data.variants.iter().map(|found| variant(found, case, serde_case, &mut errors)),
        ),
        Data::Struct(data) => errors.push(not_an_enum(data.struct_token.span, "a struct")),
        Data::Union(data) => errors.push(not_an_enum(data.union_token.span, "a union")),
    }
    check_duplicates(&variants, &mut errors);
    (Events { name: &input.ident, generics: &input.generics, variants, tag_field }, errors)
}

fn not_an_enum(span: proc_macro2::Span, found: &str) -> Error {
    let text = format!(
        "`Events` is for enums, and this is {found}: write an `enum` with a variant for each \
         event, or send values of one type with `event_stream_async`",
    );
    Error::new(span, text)
}

fn variant<'a>(
    found: &'a syn::Variant,
    case: Case,
    serde_case: Option<Case>,
    errors: &mut Vec<Error>,
) -> Variant<'a> {
    let name = found.ident.unraw().to_string();
    let event_name = attributes::of_variant(&found.attrs, errors)
        .unwrap_or_else(|| LitStr::new(&case.spell(&name), found.ident.span()));
    let tag = serde_attributes::of_variant(&found.attrs, errors)
        .unwrap_or_else(|| serde_case.unwrap_or(Case::Pascal).spell(&name));
    let mut id = None;
    for (member, field) in found.fields.members().zip(&found.fields) {
        if !attributes::is_id(field, errors) {
            continue;
        }
        if id.is_some() {
            let text = "duplicate event id: mark one field of the variant with `#[event(id)]`";
            errors.push(Error::new_spanned(field, text));
        }
        id.get_or_insert((member, &field.ty));
    }
    Variant { ident: &found.ident, event_name, tag, id }
}

/// Adds an error for each event name that an earlier variant already has, because a client could
/// not distinguish the two events.
fn check_duplicates(variants: &[Variant<'_>], errors: &mut Vec<Error>) {
    let mut seen = HashMap::new();
    for variant in variants {
        if let Some(first) = seen.insert(variant.event_name.value(), variant.ident) {
            let name = variant.event_name.value();
            let text = format!(
                "duplicate event name: variant `{first}` has the name `{name}` already; choose \
                 another with `#[event(\"…\")]`",
            );
            errors.push(Error::new(variant.event_name.span(), text));
        }
    }
}
