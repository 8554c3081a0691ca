//! The expansion of each `yield`, `?` and `for await` of a block.

use proc_macro2::{Ident, Span, TokenStream, TokenTree};
use quote::{ToTokens, quote};
use syn::parse::{ParseStream, Parser};
use syn::visit_mut::{self, VisitMut};
use syn::{
    Error, Expr, ExprForLoop, ExprTry, ExprYield, Item, Lifetime, Macro, Pat, Stmt, parse_quote,
};

use super::for_await::{unmark, within};
use super::inner_streams::{InnerStreams, is_stream};

/// A visitor that rewrites the block of a stream. Closures, `async` blocks, and items other than
/// macro calls are unchanged.
pub(super) struct Yields {
    /// Whether the items are results, so that `?` ends the stream with its error.
    pub(super) is_fallible: bool,
    /// The variable that holds the `Yielder`. Its hygiene prevents conflicts with names in the
    /// user's code.
    pub(super) yielder: Ident,
    /// The label of the whole block. The code of each `yield` contains a `break` to this label, so
    /// that a `yield` in an `async` block does not compile, even within the tokens of a macro,
    /// which are not parsed.
    pub(super) block: Lifetime,
    has_yielded: bool,
    error: Option<Error>,
}

/// A visitor that reports the first `yield` in a closure or an `async` block, where `yield` is not
/// supported.
struct Misplaced<'e>(&'e mut Option<Error>);

const MISPLACED: &str = "`yield` is not supported in a closure or an `async` block; return the value, \
                         and `yield` the value directly in the block of the stream";

impl VisitMut for Misplaced<'_> {
    fn visit_expr_yield_mut(&mut self, expr: &mut ExprYield) {
        self.0.get_or_insert_with(|| Error::new_spanned(expr.yield_token, MISPLACED));
    }

    fn visit_item_mut(&mut self, _: &mut Item) {}
}

impl Yields {
    pub(super) fn new(is_fallible: bool) -> Self {
        Self {
            is_fallible,
            yielder: Ident::new("yielder", Span::mixed_site()),
            block: Lifetime::new("'yield_in_the_block_of_the_stream", Span::mixed_site()),
            has_yielded: false,
            error: None,
        }
    }

    /// Rewrites the statements. If the block has no `yield`, inserts a `yield ()` that never runs,
    /// so that the item type can be inferred.
    ///
    /// # Errors
    ///
    /// A compile error at the first `yield` in a closure or an `async` block.
    pub(super) fn rewrite(&mut self, statements: &mut Vec<Stmt>) -> syn::Result<()> {
        for statement in &mut *statements {
            self.visit_stmt_mut(statement);
        }
        if !self.has_yielded {
            let never = self.sent(Span::call_site(), &quote!(()));
            statements.insert(0, parse_quote!(if false { #never }));
        }
        self.error.take().map_or(Ok(()), Err)
    }

    fn sent(&self, at: Span, value: &dyn ToTokens) -> Expr {
        let yielder = &self.yielder;
        // The label gets the location of the `yield`, which the compiler reports if the label is
        // out of scope.
        let mut block = self.block.clone();
        block.set_span(block.span().located_at(at));
        let item = if self.is_fallible {
            quote!(::core::result::Result::Ok(#value))
        } else {
            quote!(#value)
        };
        parse_quote!({
            #[allow(unreachable_code)]
            if false {
                break #block;
            }
            #yielder.send(#item).await
        })
    }

    fn yielded(&mut self, expr: &ExprYield) -> Expr {
        self.has_yielded = true;
        let at = expr.yield_token.span;
        match &expr.expr {
            Some(value) => self.sent(at, value),
            None => self.sent(at, &quote!(())),
        }
    }

    fn tried(&self, expr: &ExprTry) -> Expr {
        let (yielder, result) = (&self.yielder, &expr.expr);
        let [value, error] = ["value", "error"].map(|name| Ident::new(name, Span::mixed_site()));
        parse_quote! {
            match #result {
                ::core::result::Result::Ok(#value) => #value,
                ::core::result::Result::Err(#error) => {
                    let #error = ::core::convert::From::from(#error);
                    #yielder.send(::core::result::Result::Err(#error)).await;
                    return;
                }
            }
        }
    }

    /// Rewrites each `yield` and its expression in the tokens of a macro call, except in the block
    /// of an inner `stream!`. All other tokens are unchanged, because their syntax is unknown.
    fn rewrite_tokens(&mut self, tokens: TokenStream) -> syn::Result<TokenStream> {
        let mut rewritten = TokenStream::new();
        let mut rest = tokens.into_iter();
        let mut streams = InnerStreams::default();
        while let Some(tree) = rest.next() {
            let is_of_inner_stream = streams.includes(&tree);
            match tree {
                TokenTree::Ident(ident) if ident == "yield" => {
                    let tokens = TokenTree::from(ident).into_token_stream().into_iter();
                    let (mut expr, others) = first_yield.parse2(tokens.chain(rest).collect())?;
                    self.visit_expr_mut(&mut expr);
                    expr.to_tokens(&mut rewritten);
                    rest = others.into_iter();
                }
                TokenTree::Group(group) if !is_of_inner_stream => {
                    let contents = self.rewrite_tokens(group.stream())?;
                    within(&group, |_| contents).to_tokens(&mut rewritten);
                }
                tree => tree.to_tokens(&mut rewritten),
            }
        }
        Ok(rewritten)
    }
}

impl VisitMut for Yields {
    fn visit_expr_mut(&mut self, expr: &mut Expr) {
        if matches!(expr, Expr::Closure(_) | Expr::Async(_)) {
            return visit_mut::visit_expr_mut(&mut Misplaced(&mut self.error), expr);
        }
        visit_mut::visit_expr_mut(self, expr);
        match expr {
            Expr::Yield(yields) => *expr = self.yielded(yields),
            Expr::Try(tries) if self.is_fallible => *expr = self.tried(tries),
            Expr::ForLoop(for_loop) => {
                let awaits = unmark(for_loop);
                if awaits {
                    *expr = awaited(for_loop);
                }
            }
            _ => {}
        }
    }

    fn visit_macro_mut(&mut self, called: &mut Macro) {
        let is_stream = called.path.segments.last().is_some_and(|last| is_stream(&last.ident));
        if !is_stream {
            let tokens = std::mem::take(&mut called.tokens);
            called.tokens =
                self.rewrite_tokens(tokens).unwrap_or_else(|error| error.to_compile_error());
        }
    }

    fn visit_item_mut(&mut self, item: &mut Item) {
        if let Item::Macro(item) = item {
            self.visit_macro_mut(&mut item.mac);
        }
    }
}

fn first_yield(input: ParseStream<'_>) -> syn::Result<(Expr, TokenStream)> {
    Ok((Expr::Yield(input.parse()?), input.parse()?))
}

fn awaited(for_loop: &ExprForLoop) -> Expr {
    let ExprForLoop { label, pat, expr, body, .. } = for_loop;
    let [items, item] = ["items", "item"].map(|name| Ident::new(name, Span::mixed_site()));
    let pattern = match **pat {
        Pat::Or(_) => quote!((#pat)),
        _ => pat.to_token_stream(),
    };
    // Like `for`, `let` requires a pattern that matches every item.
    parse_quote!({
        let mut #items = ::core::pin::pin!(#expr);
        #label loop {
            let #pattern = match ::hyperpoint::__private::next(&mut #items).await {
                ::core::option::Option::Some(#item) => #item,
                ::core::option::Option::None => break,
            };
            #body
        }
    })
}
