//! What `stream!` is written as.

use proc_macro2::TokenStream;
use quote::quote;
use syn::Error;

use super::question_mark::first_question_mark;

const MISTAKE: &str = "`?` in `stream!`: write `try_stream! { … }` instead; it yields plain values too, \
                       and its stream ends with the error";

/// The stream with this body, or the error that names `try_stream!`.
pub(crate) fn expand(body: &TokenStream) -> TokenStream {
    if let Some(question_mark) = first_question_mark(body) {
        return Error::new_spanned(question_mark, MISTAKE).to_compile_error();
    }
    // In parentheses it is an expression wherever it stands.
    quote!(::hyperpoint::__private::async_stream::stream!(#body))
}
