//! What the derive reads: the variants, their statuses, and every mistake in them.

use proc_macro2::Span;
use syn::{Attribute, Data, DeriveInput, Error, Fields, Generics, Ident, LitInt, Type, Variant};

/// An enum that is to become an answer.
pub(crate) struct Answer<'a> {
    pub(crate) name: &'a Ident,
    pub(crate) generics: &'a Generics,
    pub(crate) variants: Vec<Outcome<'a>>,
}

/// One variant: a status, and data where it has some.
pub(crate) struct Outcome<'a> {
    pub(crate) name: &'a Ident,
    pub(crate) status: u16,
    pub(crate) data: Option<&'a Type>,
}

/// Reads the input to its end.
pub(crate) fn answer(input: &DeriveInput) -> (Answer<'_>, Vec<Error>) {
    let mut mistakes = Vec::new();
    let variants = match &input.data {
        Data::Enum(data) => {
            let read = |variant| outcome(variant, &mut mistakes);
            data.variants.iter().map(read).collect()
        }
        Data::Struct(data) => {
            mistakes.push(no_enum(data.struct_token.span));
            Vec::new()
        }
        Data::Union(data) => {
            mistakes.push(no_enum(data.union_token.span));
            Vec::new()
        }
    };
    (Answer { name: &input.ident, generics: &input.generics, variants }, mistakes)
}

fn no_enum(span: Span) -> Error {
    let text = "an answer of one status needs no `Answer`: derive `Serialize` and `JsonSchema`, or \
                write an `enum` with a variant for each status";
    Error::new(span, text)
}

fn outcome<'a>(variant: &'a Variant, mistakes: &mut Vec<Error>) -> Outcome<'a> {
    let name = &variant.ident;
    let status = status(name, &variant.attrs).unwrap_or_else(|mistake| {
        mistakes.push(mistake);
        200
    });
    let data = match &variant.fields {
        Fields::Unit => None,
        Fields::Unnamed(fields) if fields.unnamed.len() == 1 => {
            fields.unnamed.first().map(|field| &field.ty)
        }
        fields => {
            let text = format!(
                "the data of an answer is one value; write `{name}(…)` with a struct that derives \
                 `Serialize` and `JsonSchema`, or `{name}` alone"
            );
            mistakes.push(Error::new_spanned(fields, text));
            None
        }
    };
    if let Some(data) = data.filter(|_| [204, 205, 304].contains(&status)) {
        let text = format!("an answer of status {status} has no data; write `{name}` alone");
        mistakes.push(Error::new_spanned(data, text));
    }
    Outcome { name, status, data }
}

/// The status in `#[answer(…)]`.
fn status(name: &Ident, attributes: &[Attribute]) -> syn::Result<u16> {
    let mut ours = attributes.iter().filter(|attribute| attribute.path().is_ident("answer"));
    let Some(attribute) = ours.next() else {
        let text = format!("`{name}` has no status: write one above it, such as `#[answer(200)]`");
        return Err(Error::new_spanned(name, text));
    };
    if let Some(second) = ours.next() {
        return Err(Error::new_spanned(second, "an answer has one status; keep one"));
    }
    let text = "a status is a number from 200 to 599, such as `#[answer(409)]`";
    let number: LitInt =
        attribute.parse_args().map_err(|_unparsed| Error::new_spanned(attribute, text))?;
    let status = number.base10_parse().unwrap_or(0);
    if (200..600).contains(&status) { Ok(status) } else { Err(Error::new_spanned(number, text)) }
}
