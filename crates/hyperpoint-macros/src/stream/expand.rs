//! The expansion of `stream!` and `try_stream!`.

use proc_macro2::{Ident, Span, TokenStream};
use quote::quote;
use syn::parse::Parser;
use syn::{Block, Error, Stmt};

use super::for_await::{check_unmarked, mark};
use super::question_mark::first_question_mark;
use super::yields::Yields;

const MISTAKE: &str = "`?` in `stream!`: write `try_stream! { … }` instead; it yields plain values too, \
                       and its stream ends with the error";

/// Generates the code of `stream!`: a stream of plain values. If a `?` would end the block, returns
/// a compile error that suggests `try_stream!`.
pub(crate) fn expand(block: TokenStream) -> TokenStream {
    let mut statements = match parse(block) {
        Ok(statements) => statements,
        Err(error) => return error.to_compile_error(),
    };
    if let Some(question_mark) = first_question_mark(&mut statements) {
        return Error::new_spanned(question_mark, MISTAKE).to_compile_error();
    }
    generated(statements, Yields::new(false))
}

/// Generates the code of `try_stream!`: a stream of results.
pub(crate) fn expand_fallible(block: TokenStream) -> TokenStream {
    match parse(block) {
        Ok(statements) => generated(statements, Yields::new(true)),
        Err(error) => error.to_compile_error(),
    }
}

fn parse(block: TokenStream) -> syn::Result<Vec<Stmt>> {
    Block::parse_within.parse2(mark(block))
}

fn generated(mut statements: Vec<Stmt>, mut yields: Yields) -> TokenStream {
    let rewritten =
        yields.rewrite(&mut statements).and_then(|()| check_unmarked(quote!(#(#statements)*)));
    if let Err(error) = rewritten {
        return error.to_compile_error();
    }
    let Yields { yielder, block, .. } = yields;
    let yielded = Ident::new("yielded", Span::mixed_site());
    quote!({
        let (#yielder, #yielded) = ::hyperpoint::__private::slot();
        ::hyperpoint::__private::GeneratedStream::new(#yielded, async move {
            #block: {
                #(#statements)*
            }
        })
    })
}
