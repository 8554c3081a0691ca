//! What the derive reads: the struct, its fields, its attribute, and every mistake in them.

use proc_macro2::Span;
use syn::{Attribute, Data, DeriveInput, Error, Fields, Generics, Ident, Member, Token, Type};

/// A struct that is to become an endpoint.
pub(crate) struct Endpoint<'a> {
    pub(crate) name: &'a Ident,
    pub(crate) generics: &'a Generics,
    pub(crate) fields: Vec<(Member, &'a Type)>,
    pub(crate) is_buildable: bool,
    pub(crate) is_registered: bool,
}

/// Reads the input to its end. The endpoint is of use also where there are mistakes, so that one
/// of them brings no others with it.
pub(crate) fn endpoint(input: &DeriveInput) -> (Endpoint<'_>, Vec<Error>) {
    let mut mistakes = Vec::new();
    let is_by_hand = attributes(&input.attrs, &mut mistakes);
    (read(input, "an endpoint", is_by_hand, &mut mistakes), mistakes)
}

/// Reads a struct that is built like an endpoint, and never registered.
pub(crate) fn processor(input: &DeriveInput) -> (Endpoint<'_>, Vec<Error>) {
    let mut mistakes = Vec::new();
    (read(input, "a processor", true, &mut mistakes), mistakes)
}

fn read<'a>(
    input: &'a DeriveInput,
    what: &str,
    is_by_hand: bool,
    mistakes: &mut Vec<Error>,
) -> Endpoint<'a> {
    let borrows = input.generics.lifetimes().next().is_some();
    let fields = match &input.data {
        // The fields of one that borrows would only bring more errors.
        Data::Struct(_) if borrows => Vec::new(),
        Data::Struct(data) => members(&data.fields),
        Data::Enum(data) => {
            mistakes.push(no_struct(data.enum_token.span, what, "an enum"));
            Vec::new()
        }
        Data::Union(data) => {
            mistakes.push(no_struct(data.union_token.span, what, "a union"));
            Vec::new()
        }
    };
    let is_generic = !input.generics.params.is_empty();
    mistakes.extend(generics(input, what, is_by_hand));
    let is_buildable = matches!(input.data, Data::Struct(_)) && !borrows;
    let is_registered = !is_by_hand && !is_generic && is_buildable;
    let (name, generics) = (&input.ident, &input.generics);
    Endpoint { name, generics, fields, is_buildable, is_registered }
}

/// Lifetimes can't be at all, types and constants only by hand.
fn generics(input: &DeriveInput, what: &str, is_by_hand: bool) -> Option<Error> {
    let (generics, name) = (&input.generics, &input.ident);
    if let Some(lifetime) = generics.lifetimes().next() {
        let text = format!(
            "{what} lives as long as its host and can't borrow: remove the lifetime, and write \
             `Arc<…>` for what is shared"
        );
        return Some(Error::new_spanned(lifetime, text));
    }
    let text = format!(
        "a generic endpoint can't be found by itself: write `#[endpoint(by_hand)]` above `struct \
         {name}`, and add each instance with `Host::endpoint::<{name}<…>>()`",
    );
    let is_lost = !generics.params.is_empty() && !is_by_hand;
    is_lost.then(|| Error::new_spanned(generics, text))
}

fn no_struct(span: Span, what: &str, found: &str) -> Error {
    Error::new(span, format!("{what} is a struct, and this is {found}: write a `struct`"))
}

fn members(fields: &Fields) -> Vec<(Member, &Type)> {
    fields.members().zip(fields.iter().map(|field| &field.ty)).collect()
}

/// Whether `#[endpoint(by_hand)]` is there.
fn attributes(attributes: &[Attribute], mistakes: &mut Vec<Error>) -> bool {
    let mut is_by_hand = false;
    for attribute in attributes.iter().filter(|attribute| attribute.path().is_ident("endpoint")) {
        let parsed = attribute.parse_nested_meta(|meta| {
            if !meta.path.is_ident("by_hand") {
                return Err(meta.error("unknown option: the one there is, is `by_hand`"));
            }
            is_by_hand = true;
            if meta.input.is_empty() || meta.input.peek(Token![,]) {
                return Ok(());
            }
            Err(meta.input.error("`by_hand` takes no value: write `#[endpoint(by_hand)]`"))
        });
        mistakes.extend(parsed.err());
    }
    is_by_hand
}
