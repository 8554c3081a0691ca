//! Code generation for `derive(Endpoint)` and `derive(FromServices)`: the constructor from
//! services, and the registration. This module does not depend on attributes.

use proc_macro2::TokenStream;
use quote::{format_ident, quote, quote_spanned};
use syn::spanned::Spanned;
use syn::{Error, Member};

use super::parse::Endpoint;

/// Returns the impl, the registration, and the errors as compile errors. The impl is generated even
/// if there are errors, so that the compiler does not report a missing impl as well.
pub(crate) fn endpoint(endpoint: &Endpoint<'_>, errors: Vec<Error>) -> TokenStream {
    let compile_errors = errors.into_iter().map(Error::into_compile_error);
    let services = from_services(endpoint);
    let registration = registration(endpoint);
    let events = events(endpoint);
    quote! {
        #(#compile_errors)*
        #services
        #registration
        #events
    }
}

fn from_services(endpoint: &Endpoint<'_>) -> TokenStream {
    let Endpoint { name, generics, fields, .. } = endpoint;
    let (impl_generics, type_generics, where_clause) = generics.split_for_impl();
    // The parameter and its uses share one identifier, and therefore the same hygiene, even if the
    // type of a field comes from another macro.
    let resolver = format_ident!("resolver");
    let locals: Vec<_> = (0..fields.len()).map(|at| format_ident!("field_{at}")).collect();
    let lookups = fields.iter().zip(&locals).map(|((member, ty), local)| {
        let label = match member {
            Member::Named(name) => name.to_string(),
            Member::Unnamed(index) => index.index.to_string(),
        };
        quote_spanned! { ty.span()=>
            let #local = #resolver.field::<#ty>(#label);
        }
    });
    let members = fields.iter().map(|(member, _)| member);
    let docs = endpoint.docs.as_ref().map(|text| {
        quote! {
            const DOCS: ::core::option::Option<&'static str> = ::core::option::Option::Some(#text);
        }
    });
    let built = if endpoint.is_buildable {
        quote! { ::core::option::Option::Some(Self { #(#members: #locals?),* }) }
    } else {
        // An error has been reported for the input; this body compiles without further errors.
        quote! { ::core::option::Option::None }
    };
    quote! {
        #[automatically_derived]
        impl #impl_generics ::hyperpoint::__private::FromServices for #name #type_generics #where_clause {
            const DECLARED: ::hyperpoint::__private::Declared = ::hyperpoint::__private::Declared {
                file: ::core::file!(),
                line: ::core::line!(),
            };
            #docs

            fn from_services(
                #resolver: &mut ::hyperpoint::__private::Resolver<'_>,
            ) -> ::core::option::Option<Self> {
                let _ = &#resolver;
                #(#lookups)*
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
    // Uses the span of the name, so that the compiler reports a missing `impl Endpoint` at its
    // location.
    let registration = quote_spanned! { name.span()=>
        ::hyperpoint::__private::Registration::of::<#name>()
    };
    quote! {
        ::hyperpoint::__private::inventory::submit! { #registration }
    }
}

/// Returns the registration of the events that the endpoint streams, for generated documents.
/// Returns nothing for a processor, a generic endpoint, or an invalid endpoint.
fn events(endpoint: &Endpoint<'_>) -> TokenStream {
    let name = endpoint.name;
    let is_known =
        endpoint.has_handler && endpoint.is_buildable && endpoint.generics.params.is_empty();
    match is_known {
        true => quote! { ::hyperpoint::__private::register_events! { #name } },
        false => TokenStream::new(),
    }
}

#[cfg(test)]
mod tests {
    use syn::DeriveInput;

    use super::super::parse;
    use super::*;

    fn expanded(input: TokenStream) -> String {
        let input: DeriveInput = syn::parse2(input).unwrap();
        let (parsed, errors) = parse::endpoint(&input);
        endpoint(&parsed, errors).to_string()
    }

    /// Returns the expected impl for `Ping`, with these field lookups and this return value.
    fn expected(lookups: &TokenStream, built: &TokenStream) -> TokenStream {
        quote! {
            #[automatically_derived]
            impl ::hyperpoint::__private::FromServices for Ping {
                const DECLARED: ::hyperpoint::__private::Declared =
                    ::hyperpoint::__private::Declared {
                        file: ::core::file!(),
                        line: ::core::line!(),
                    };

                fn from_services(
                    resolver: &mut ::hyperpoint::__private::Resolver<'_>,
                ) -> ::core::option::Option<Self> {
                    let _ = &resolver;
                    #lookups
                    #built
                }
            }
        }
    }

    #[test]
    fn the_struct_itself_is_not_generated_again() {
        let code = expanded(quote! {
            #[repr(C)]
            pub struct Ping {
                clock: Arc<dyn Clock>,
            }
        });
        let services = expected(
            &quote! { let field_0 = resolver.field::<Arc<dyn Clock> >("clock"); },
            &quote! { ::core::option::Option::Some(Self { clock: field_0? }) },
        );
        let registration = quote! {
            ::hyperpoint::__private::inventory::submit! {
                ::hyperpoint::__private::Registration::of::<Ping>()
            }
            ::hyperpoint::__private::register_events! { Ping }
        };
        assert_eq!(code, quote! { #services #registration }.to_string());
    }

    #[test]
    fn the_doc_comment_is_kept() {
        let code = expanded(quote! {
            /// Says that it is there.
            ///
            ///   Twice.
            #[endpoint(by_hand)]
            struct Ping;
        });
        let docs = quote! {
            const DOCS: ::core::option::Option<&'static str> =
                ::core::option::Option::Some("Says that it is there.\n\n  Twice.");
        };
        assert!(code.contains(&docs.to_string()), "{code}");
    }

    #[test]
    fn by_hand_generates_no_registration() {
        let code = expanded(quote! {
            #[endpoint(by_hand)]
            struct Ping(Arc<u32>);
        });
        let services = expected(
            &quote! { let field_0 = resolver.field::<Arc<u32> >("0"); },
            &quote! { ::core::option::Option::Some(Self { 0: field_0? }) },
        );
        let events = quote! { ::hyperpoint::__private::register_events! { Ping } };
        assert_eq!(code, quote! { #services #events }.to_string());
    }
}
