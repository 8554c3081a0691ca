//! Code generation for `derive(Events)`: the names, which are checked at compile time, and the
//! mapping from variants to names and ids. This module does not depend on attributes.

use proc_macro2::TokenStream;
use quote::{format_ident, quote, quote_spanned};
use syn::spanned::Spanned;
use syn::{Error, Generics, parse_quote};

use super::parse::{Events, Variant};

/// Returns the impl, and the errors as compile errors. The impl is generated even if there are
/// errors, so that the compiler does not report a missing impl as well.
pub(crate) fn events(events: &Events<'_>, errors: Vec<Error>) -> TokenStream {
    let Events { name, variants, .. } = events;
    let compile_errors = errors.into_iter().map(Error::into_compile_error);
    let generics = bounded(events.generics);
    let (impl_generics, type_generics, where_clause) = generics.split_for_impl();
    let constants: Vec<_> = (0..variants.len()).map(|at| format_ident!("NAME_{at}")).collect();
    let names = variants.iter().zip(&constants).map(|(variant, constant)| {
        let text = &variant.event_name;
        // Uses the span of the name, so that the compiler reports an invalid name at its location.
        quote_spanned! { text.span()=>
            const #constant: ::hyperpoint::__private::EventName =
                ::hyperpoint::__private::EventName::from_static(#text);
        }
    });
    let (count, tags) = (variants.len(), variants.iter().map(|variant| &variant.tag));
    let (event_name, event_id) = (event_name(variants), event_id(variants));
    let tag_field = events.tag_field.as_ref().map(|field| {
        quote! {
            const TAG_FIELD: ::core::option::Option<&'static str> =
                ::core::option::Option::Some(#field);
        }
    });
    let registration = reserved(events);
    quote! {
        #(#compile_errors)*
        const _: () = {
            #(#names)*
            static NAMES: [::hyperpoint::__private::EventName; #count] = [#(#constants),*];

            #[automatically_derived]
            impl #impl_generics ::hyperpoint::__private::TypedEvent for #name #type_generics #where_clause {
                const NAMES: &'static [::hyperpoint::__private::EventName] = &NAMES;
                const TAGS: &'static [&'static str] = &[#(#tags),*];
                #tag_field

                #event_name
                #event_id
            }

            #registration
        };
    }
}

/// The event names that are reserved on streams for `EventSource`.
const RESERVED: [&str; 7] = ["error", "open", "ready", "gap", "reconnect", "problem", "done"];

/// Returns the registration of an enum that has an event with a reserved name, for the
/// configuration errors of a host. Returns nothing if no name is reserved, and for a generic enum,
/// whose reserved names are refused at run time.
fn reserved(events: &Events<'_>) -> TokenStream {
    let is_reserved = |variant: &Variant<'_>| {
        let name = variant.event_name.value();
        RESERVED.contains(&name.as_str())
    };
    if !events.generics.params.is_empty() || !events.variants.iter().any(is_reserved) {
        return TokenStream::new();
    }
    let name = events.name;
    quote! {
        ::hyperpoint::__private::inventory::submit! {
            ::hyperpoint::__private::ReservedEvents {
                type_id: ::core::any::TypeId::of::<#name>,
                names: &NAMES,
            }
        }
    }
}

/// Adds the bound `Self: Serialize` if the enum has generic parameters. `Serialize` is a supertrait
/// of `TypedEvent`, and the `Serialize` impl of the enum may depend on the parameters.
fn bounded(generics: &Generics) -> Generics {
    let mut generics = generics.clone();
    if !generics.params.is_empty() {
        let bound = parse_quote! { Self: ::hyperpoint::__private::Serialize };
        generics.make_where_clause().predicates.push(bound);
    }
    generics
}

fn event_name(variants: &[Variant<'_>]) -> TokenStream {
    let idents = variants.iter().map(|variant| variant.ident);
    let indices = 0..variants.len();
    let body = if variants.is_empty() {
        // An error has been reported for the input; this body compiles without further errors.
        quote! { loop {} }
    } else {
        quote! { match self { #(Self::#idents { .. } => &NAMES[#indices],)* } }
    };
    quote! {
        fn event_name(&self) -> &'static ::hyperpoint::__private::EventName {
            #body
        }
    }
}

/// Returns the method `event_id`, or nothing if no variant has an id, so that the default of the
/// trait applies.
fn event_id(variants: &[Variant<'_>]) -> TokenStream {
    let with_id = variants.iter().filter_map(|variant| {
        let (member, ty) = variant.id.as_ref()?;
        let ident = variant.ident;
        // Uses the span of the type, so that the compiler reports a missing `Display` impl at its
        // location.
        let id = quote_spanned! { ty.span()=> ::hyperpoint::__private::EventId::of_text(value) };
        Some(quote! { Self::#ident { #member: value, .. } => #id.map(::core::option::Option::Some), })
    });
    let arms: Vec<_> = with_id.collect();
    if arms.is_empty() {
        return TokenStream::new();
    }
    let others = (arms.len() < variants.len()).then(|| {
        quote! { _ => ::core::result::Result::Ok(::core::option::Option::None), }
    });
    quote! {
        fn event_id(&self) -> ::core::result::Result<
            ::core::option::Option<::hyperpoint::__private::EventId>,
            ::hyperpoint::__private::InvalidEventId,
        > {
            match self { #(#arms)* #others }
        }
    }
}
