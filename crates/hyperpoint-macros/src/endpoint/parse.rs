//! Parsing of the input of `derive(Endpoint)` and `derive(FromServices)`: the struct, its fields,
//! its attributes, and all errors in them. This module does not depend on the generated code.

use proc_macro2::Span;
use syn::{
    Attribute, Data, DeriveInput, Error, Expr, ExprLit, Fields, Generics, Ident, Lit, Member, Meta,
    Token, Type,
};

/// The parsed struct of an endpoint or a processor.
pub(crate) struct Endpoint<'a> {
    pub(crate) name: &'a Ident,
    pub(crate) generics: &'a Generics,
    pub(crate) fields: Vec<(Member, &'a Type)>,
    /// Whether the input is a struct without lifetime parameters, which can be built from services.
    pub(crate) is_buildable: bool,
    /// Whether the registration is generated.
    pub(crate) is_registered: bool,
    /// Whether the struct is an endpoint, which has a handler, rather than a processor.
    pub(crate) has_handler: bool,
    /// The text of the doc comment, or `None` if it is absent or empty.
    pub(crate) docs: Option<String>,
}

/// Parses an endpoint and collects all errors. Code can be generated for the endpoint even if there
/// are errors, so that the compiler reports no further errors.
pub(crate) fn endpoint(input: &DeriveInput) -> (Endpoint<'_>, Vec<Error>) {
    let mut errors = Vec::new();
    let is_by_hand = attributes(&input.attrs, &mut errors);
    (parse(input, "an endpoint", is_by_hand, &mut errors), errors)
}

/// Parses a processor, which is built like an endpoint but never registered, and collects all
/// errors.
pub(crate) fn processor(input: &DeriveInput) -> (Endpoint<'_>, Vec<Error>) {
    let mut errors = Vec::new();
    let processor = parse(input, "a processor", true, &mut errors);
    (Endpoint { has_handler: false, ..processor }, errors)
}

fn parse<'a>(
    input: &'a DeriveInput,
    what: &str,
    is_by_hand: bool,
    errors: &mut Vec<Error>,
) -> Endpoint<'a> {
    let borrows = input.generics.lifetimes().next().is_some();
    let fields = match &input.data {
        // The lifetime is reported as an error; borrowed fields would only cause further errors.
        Data::Struct(_) if borrows => Vec::new(),
        Data::Struct(data) => members(&data.fields),
        Data::Enum(data) => {
            errors.push(not_a_struct(data.enum_token.span, what, "an enum"));
            Vec::new()
        }
        Data::Union(data) => {
            errors.push(not_a_struct(data.union_token.span, what, "a union"));
            Vec::new()
        }
    };
    let is_generic = !input.generics.params.is_empty();
    errors.extend(generics(input, what, is_by_hand));
    let is_buildable = matches!(input.data, Data::Struct(_)) && !borrows;
    let is_registered = !is_by_hand && !is_generic && is_buildable;
    let (name, generics) = (&input.ident, &input.generics);
    let docs = docs(&input.attrs);
    let has_handler = true;
    Endpoint { name, generics, fields, is_buildable, is_registered, has_handler, docs }
}

/// Returns the text of the doc comment with its line breaks, without the space after `///`. Returns
/// `None` if the text is absent or empty.
fn docs(attributes: &[Attribute]) -> Option<String> {
    let lines = attributes.iter().filter_map(|attribute| match &attribute.meta {
        Meta::NameValue(doc) if doc.path.is_ident("doc") => match &doc.value {
            Expr::Lit(ExprLit { lit: Lit::Str(line), .. }) => Some(line.value()),
            _ => None,
        },
        _ => None,
    });
    let lines: Vec<_> =
        lines.map(|line| line.strip_prefix(' ').unwrap_or(&line).trim_end().to_owned()).collect();
    let text = lines.join("\n").trim().to_owned();
    (!text.is_empty()).then_some(text)
}

/// Returns an error for a lifetime parameter, or for a type or const parameter without `by_hand`.
/// Returns `None` if the parameters are valid.
fn generics(input: &DeriveInput, what: &str, is_by_hand: bool) -> Option<Error> {
    let (generics, name) = (&input.generics, &input.ident);
    if let Some(lifetime) = generics.lifetimes().next() {
        let text = format!(
            "{what} lives as long as its host and cannot borrow: remove the lifetime, and share \
             values with `Arc<…>`"
        );
        return Some(Error::new_spanned(lifetime, text));
    }
    let text = format!(
        "a generic endpoint cannot be registered automatically: write `#[endpoint(by_hand)]` above \
         `struct {name}`, and add each instance with `Host::endpoint::<{name}<…>>()`",
    );
    let is_unregistered = !generics.params.is_empty() && !is_by_hand;
    is_unregistered.then(|| Error::new_spanned(generics, text))
}

fn not_a_struct(span: Span, what: &str, found: &str) -> Error {
    Error::new(span, format!("{what} must be a struct, and this is {found}: write a `struct`"))
}

fn members(fields: &Fields) -> Vec<(Member, &Type)> {
    fields.members().zip(fields.iter().map(|field| &field.ty)).collect()
}

/// Returns whether `#[endpoint(by_hand)]` is present.
fn attributes(attributes: &[Attribute], errors: &mut Vec<Error>) -> bool {
    let mut is_by_hand = false;
    for attribute in attributes.iter().filter(|attribute| attribute.path().is_ident("endpoint")) {
        let parsed = attribute.parse_nested_meta(|meta| {
            if !meta.path.is_ident("by_hand") {
                return Err(meta.error("unknown option: the only option is `by_hand`"));
            }
            is_by_hand = true;
            if meta.input.is_empty() || meta.input.peek(Token![,]) {
                return Ok(());
            }
            Err(meta.input.error("`by_hand` takes no value: write `#[endpoint(by_hand)]`"))
        });
        errors.extend(parsed.err());
    }
    is_by_hand
}
