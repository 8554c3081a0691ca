//! What the derive reads: the struct, its fields, its attribute, and every mistake in them.

use proc_macro2::Span;
use syn::{Attribute, Data, DeriveInput, Error, Fields, Generics, Ident, Member, Token, Type};

/// A struct that is to become an endpoint.
pub(crate) struct Endpoint<'a> {
    pub(crate) name: &'a Ident,
    pub(crate) generics: &'a Generics,
    pub(crate) fields: Vec<(Member, &'a Type)>,
    pub(crate) is_struct: bool,
    pub(crate) is_registered: bool,
}

/// Reads the input to its end. The endpoint is of use also where there are mistakes, so that one
/// of them brings no others with it.
pub(crate) fn endpoint(input: &DeriveInput) -> (Endpoint<'_>, Vec<Error>) {
    let mut mistakes = Vec::new();
    let is_by_hand = attributes(&input.attrs, &mut mistakes);
    let fields = match &input.data {
        Data::Struct(data) => members(&data.fields),
        Data::Enum(data) => {
            mistakes.push(no_struct(data.enum_token.span, "an enum"));
            Vec::new()
        }
        Data::Union(data) => {
            mistakes.push(no_struct(data.union_token.span, "a union"));
            Vec::new()
        }
    };
    let is_generic = !input.generics.params.is_empty();
    if is_generic && !is_by_hand {
        mistakes.push(Error::new_spanned(
            &input.generics,
            format!(
                "a generic endpoint can't be found by itself: write `#[endpoint(by_hand)]` above \
                 `struct {name}`, and add each instance with `Host::endpoint::<{name}<…>>()`",
                name = input.ident,
            ),
        ));
    }
    let is_struct = matches!(input.data, Data::Struct(_));
    let is_registered = !is_by_hand && !is_generic && is_struct;
    let (name, generics) = (&input.ident, &input.generics);
    (
        Endpoint {
            name,
            generics,
            fields,
            is_struct,
            is_registered,
        },
        mistakes,
    )
}

fn no_struct(span: Span, found: &str) -> Error {
    Error::new(
        span,
        format!("an endpoint is a struct, and this is {found}: write a `struct`"),
    )
}

fn members(fields: &Fields) -> Vec<(Member, &Type)> {
    fields
        .members()
        .zip(fields.iter().map(|field| &field.ty))
        .collect()
}

/// Whether `#[endpoint(by_hand)]` is there.
fn attributes(attributes: &[Attribute], mistakes: &mut Vec<Error>) -> bool {
    let mut is_by_hand = false;
    for attribute in attributes
        .iter()
        .filter(|attribute| attribute.path().is_ident("endpoint"))
    {
        let parsed = attribute.parse_nested_meta(|meta| {
            if !meta.path.is_ident("by_hand") {
                return Err(meta.error("unknown option: the one there is, is `by_hand`"));
            }
            is_by_hand = true;
            if meta.input.is_empty() || meta.input.peek(Token![,]) {
                return Ok(());
            }
            Err(meta
                .input
                .error("`by_hand` takes no value: write `#[endpoint(by_hand)]`"))
        });
        mistakes.extend(parsed.err());
    }
    is_by_hand
}
