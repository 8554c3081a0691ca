//! What the derive writes: the building of an endpoint, and its registration.

use proc_macro2::TokenStream;
use quote::{format_ident, quote, quote_spanned};
use syn::spanned::Spanned;
use syn::{Error, Member};

use crate::parse::Endpoint;

/// The impl and the registration, and the mistakes as compile errors. The impl is written also
/// where there are mistakes, so that they are the only errors.
pub(crate) fn endpoint(endpoint: &Endpoint<'_>, mistakes: Vec<Error>) -> TokenStream {
    let errors = mistakes.into_iter().map(Error::into_compile_error);
    let services = from_services(endpoint);
    let registration = registration(endpoint);
    quote! {
        #(#errors)*
        #services
        #registration
    }
}

fn from_services(endpoint: &Endpoint<'_>) -> TokenStream {
    let Endpoint {
        name,
        generics,
        fields,
        ..
    } = endpoint;
    let (impl_generics, type_generics, where_clause) = generics.split_for_impl();
    let locals: Vec<_> = (0..fields.len())
        .map(|at| format_ident!("field_{at}"))
        .collect();
    let resolves = fields.iter().zip(&locals).map(|((member, ty), local)| {
        let label = match member {
            Member::Named(name) => name.to_string(),
            Member::Unnamed(index) => index.index.to_string(),
        };
        quote_spanned! { ty.span()=>
            let #local = resolver.field::<#ty>(#label);
        }
    });
    let members = fields.iter().map(|(member, _)| member);
    let built = if endpoint.is_struct {
        quote! { ::core::option::Option::Some(Self { #(#members: #locals?),* }) }
    } else {
        // Refused already; this only keeps the refusal from bringing others with it.
        quote! { ::core::option::Option::None }
    };
    quote! {
        #[automatically_derived]
        impl #impl_generics ::hyperpoint::__private::FromServices for #name #type_generics #where_clause {
            const DECLARED: ::hyperpoint::__private::Declared = ::hyperpoint::__private::Declared {
                file: ::core::file!(),
                line: ::core::line!(),
            };

            fn from_services(
                resolver: &mut ::hyperpoint::__private::Resolver<'_>,
            ) -> ::core::option::Option<Self> {
                let _ = &resolver;
                #(#resolves)*
                #built
            }
        }
    }
}

fn registration(endpoint: &Endpoint<'_>) -> TokenStream {
    if !endpoint.is_registered {
        return TokenStream::new();
    }
    let name = endpoint.name;
    // Spanned to the name, so that a missing `impl Endpoint` is told there.
    let registration = quote_spanned! { name.span()=>
        ::hyperpoint::__private::Registration::of::<#name>()
    };
    quote! {
        ::hyperpoint::__private::inventory::submit! { #registration }
    }
}
