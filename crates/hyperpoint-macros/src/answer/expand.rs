//! Code generation for `derive(Answer)`: the status and the data of each variant. This module does
//! not depend on attributes.

use proc_macro2::TokenStream;
use quote::{quote, quote_spanned};
use syn::Error;
use syn::spanned::Spanned;

use super::parse::{Answer, AnswerVariant};

/// Returns the impls, and the errors as compile errors. The impls are generated even if there are
/// errors, so that the compiler does not report a missing impl as well.
pub(crate) fn answer(answer: &Answer<'_>, errors: Vec<Error>) -> TokenStream {
    let compile_errors = errors.into_iter().map(Error::into_compile_error);
    let Answer { name, generics, variants } = answer;
    let (impl_generics, type_generics, where_clause) = generics.split_for_impl();
    let possible = variants.iter().map(|AnswerVariant { status, data, .. }| {
        if let Some(data) = data {
            quote_spanned! { data.span()=>
                ::hyperpoint::__private::PossibleAnswer::of::<#data>(#status)
            }
        } else {
            quote! { ::hyperpoint::__private::PossibleAnswer::empty(#status) }
        }
    });
    let arms = variants.iter().map(|AnswerVariant { name, status, data }| {
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
        // An enum without variants has no values. For a struct or a union, an error has been
        // reported.
        quote! { ::hyperpoint::__private::Alternative::empty(500) }
    } else {
        quote! { match self { #(#arms),* } }
    };
    quote! {
        #(#compile_errors)*

        #[automatically_derived]
        impl #impl_generics ::hyperpoint::Answer for #name #type_generics #where_clause {
            fn possible_answers() -> ::std::vec::Vec<::hyperpoint::__private::PossibleAnswer> {
                ::std::vec![#(#possible),*]
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
