//! What the derive writes: the answer, and the status and data of each variant.

use proc_macro2::TokenStream;
use quote::{quote, quote_spanned};
use syn::Error;
use syn::spanned::Spanned;

use super::parse::{Answer, Outcome};

/// The impls, and the mistakes as compile errors. The impls are written also where there are
/// mistakes, so that they are the only errors.
pub(crate) fn answer(answer: &Answer<'_>, mistakes: Vec<Error>) -> TokenStream {
    let errors = mistakes.into_iter().map(Error::into_compile_error);
    let Answer { name, generics, variants } = answer;
    let (impl_generics, type_generics, where_clause) = generics.split_for_impl();
    let outcomes = variants.iter().map(|Outcome { status, data, .. }| {
        if let Some(data) = data {
            quote_spanned! { data.span()=>
                ::hyperpoint::__private::PossibleAnswer::of::<#data>(#status)
            }
        } else {
            quote! { ::hyperpoint::__private::PossibleAnswer::empty(#status) }
        }
    });
    let arms = variants.iter().map(|Outcome { name, status, data }| {
        if data.is_some() {
            quote! {
                Self::#name(data) => ::hyperpoint::__private::Alternative::of(#status, &data)
            }
        } else {
            quote! {
                Self::#name { .. } => ::hyperpoint::__private::Alternative::empty(#status)
            }
        }
    });
    let body = if variants.is_empty() {
        // Refused already, or never made.
        quote! { ::hyperpoint::__private::Alternative::empty(500) }
    } else {
        quote! { match self { #(#arms),* } }
    };
    quote! {
        #(#errors)*

        #[automatically_derived]
        impl #impl_generics ::hyperpoint::Answer for #name #type_generics #where_clause {
            fn possible_answers() -> ::std::vec::Vec<::hyperpoint::__private::PossibleAnswer> {
                ::std::vec![#(#outcomes),*]
            }
        }

        #[automatically_derived]
        impl #impl_generics ::hyperpoint::Alternatives for #name #type_generics #where_clause {
            fn into_alternative(self) -> ::hyperpoint::__private::Alternative {
                #body
            }
        }
    }
}
