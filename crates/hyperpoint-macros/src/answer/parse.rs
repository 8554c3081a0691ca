//! Parsing of the input of `derive(Answer)`: the variants, their statuses, and all errors in them.
//! This module does not depend on the generated code.

use proc_macro2::Span;
use syn::{Attribute, Data, DeriveInput, Error, Fields, Generics, Ident, LitInt, Type, Variant};

/// The parsed enum, whose variants are responses.
pub(crate) struct Answer<'a> {
    pub(crate) name: &'a Ident,
    pub(crate) generics: &'a Generics,
    pub(crate) variants: Vec<AnswerVariant<'a>>,
}

/// One variant: its name, its status, and the type of its data, or `None` if it has no data.
pub(crate) struct AnswerVariant<'a> {
    pub(crate) name: &'a Ident,
    pub(crate) status: u16,
    pub(crate) data: Option<&'a Type>,
}

/// Parses the whole input and collects all errors.
pub(crate) fn answer(input: &DeriveInput) -> (Answer<'_>, Vec<Error>) {
    let mut errors = Vec::new();
    let variants = match &input.data {
        Data::Enum(data) => data.variants.iter().map(|found| variant(found, &mut errors)).collect(),
        Data::Struct(data) => {
            errors.push(not_an_enum(data.struct_token.span));
            Vec::new()
        }
        Data::Union(data) => {
            errors.push(not_an_enum(data.union_token.span));
            Vec::new()
        }
    };
    (Answer { name: &input.ident, generics: &input.generics, variants }, errors)
}

fn not_an_enum(span: Span) -> Error {
    let text = "`Answer` is for enums: write an `enum` with a variant for each status, or derive \
                `Serialize` and `JsonSchema` for a response of one status";
    Error::new(span, text)
}

fn variant<'a>(variant: &'a Variant, errors: &mut Vec<Error>) -> AnswerVariant<'a> {
    let name = &variant.ident;
    let status = status(name, &variant.attrs).unwrap_or_else(|error| {
        errors.push(error);
        200
    });
    let data = match &variant.fields {
        Fields::Unit => None,
        Fields::Unnamed(fields) if fields.unnamed.len() == 1 => {
            fields.unnamed.first().map(|field| &field.ty)
        }
        fields => {
            let text = format!(
                "a variant of an answer has one unnamed field or none: write `{name}(…)` with a \
                 struct that derives `Serialize` and `JsonSchema`, or `{name}` without fields"
            );
            errors.push(Error::new_spanned(fields, text));
            None
        }
    };
    if let Some(data) = data.filter(|_| [204, 205, 304].contains(&status)) {
        let text =
            format!("a response of status {status} has no body: write `{name}` without fields");
        errors.push(Error::new_spanned(data, text));
    }
    AnswerVariant { name, status, data }
}

/// Returns the status in `#[answer(…)]`. A missing, duplicate or invalid status is an error.
fn status(name: &Ident, attributes: &[Attribute]) -> syn::Result<u16> {
    let mut ours = attributes.iter().filter(|attribute| attribute.path().is_ident("answer"));
    let Some(attribute) = ours.next() else {
        let text =
            format!("variant `{name}` has no status: write one above it, such as `#[answer(200)]`");
        return Err(Error::new_spanned(name, text));
    };
    if let Some(second) = ours.next() {
        return Err(Error::new_spanned(
            second,
            "duplicate status: keep one `#[answer(…)]` on each variant",
        ));
    }
    let text = "invalid status: write a number from 200 to 599, such as `#[answer(409)]`";
    let number: LitInt =
        attribute.parse_args().map_err(|_not_a_number| Error::new_spanned(attribute, text))?;
    let status = number.base10_parse().unwrap_or(0);
    if (200..600).contains(&status) { Ok(status) } else { Err(Error::new_spanned(number, text)) }
}
