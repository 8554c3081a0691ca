//! Finds the `?` of a stream's own code.

use proc_macro2::{Group, TokenStream, TokenTree};
use syn::parse::Parser;
use syn::visit_mut::{self, VisitMut};
use syn::{Block, Expr, ExprAsync, ExprClosure, ExprTry, Item, Token};

/// Returns the first `?` that would leave the stream. One in a closure, an `async` block or an item
/// leaves only that. A body that does not parse has none: the error is async-stream's to report.
pub(super) fn first_question_mark(body: &TokenStream) -> Option<Token![?]> {
    let mut statements = Block::parse_within.parse2(without_for_await(body.clone())).ok()?;
    let mut finder = Finder(None);
    for statement in &mut statements {
        finder.visit_stmt_mut(statement);
    }
    finder.0
}

struct Finder(Option<Token![?]>);

impl VisitMut for Finder {
    fn visit_expr_mut(&mut self, expr: &mut Expr) {
        if self.0.is_none() {
            visit_mut::visit_expr_mut(self, expr);
        }
    }

    fn visit_expr_try_mut(&mut self, expr: &mut ExprTry) {
        visit_mut::visit_expr_try_mut(self, expr);
        self.0.get_or_insert(expr.question_token);
    }

    fn visit_expr_closure_mut(&mut self, _: &mut ExprClosure) {}

    fn visit_expr_async_mut(&mut self, _: &mut ExprAsync) {}

    fn visit_item_mut(&mut self, _: &mut Item) {}
}

/// Makes `for await`, which is async-stream's own, a `for` that parses.
fn without_for_await(tokens: TokenStream) -> TokenStream {
    let mut follows_for = false;
    let is_kept = |tree: &TokenTree| {
        let is_await = follows_for && matches!(tree, TokenTree::Ident(ident) if ident == "await");
        follows_for = matches!(tree, TokenTree::Ident(ident) if ident == "for");
        !is_await
    };
    tokens
        .into_iter()
        .filter(is_kept)
        .map(|tree| match tree {
            TokenTree::Group(group) => {
                let mut inner = Group::new(group.delimiter(), without_for_await(group.stream()));
                inner.set_span(group.span());
                inner.into()
            }
            tree => tree,
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use quote::quote;

    use super::*;

    #[track_caller]
    fn check(body: &TokenStream, has_one: bool) {
        assert_eq!(first_question_mark(body).is_some(), has_one, "{body}");
    }

    #[test]
    fn a_question_mark_that_leaves_the_stream_is_found() {
        check(&quote! { yield text.parse()?; }, true);
        check(&quote! { let text = read().await?; yield text; }, true);
        check(&quote! { for await line in lines { yield line?; } }, true);
        check(&quote! { loop { match next()? { Some(next) => yield next, None => break } } }, true);
        check(&quote! { if let Some(last) = find(&|| 1)? { yield last } }, true);
    }

    #[test]
    fn a_question_mark_that_leaves_something_else_is_not_meant() {
        check(&quote! { yield text.parse().ok(); }, false);
        check(&quote! { let read = || -> Result<u32> { Ok(text.parse()?) }; yield read(); }, false);
        check(
            &quote! { let number = async { text.parse::<u32>()?; Ok(7) }.await; yield 1; },
            false,
        );
        check(
            &quote! { fn size<T: ?Sized>(of: &T) -> Result<u32> { measure(of)? } yield 1; },
            false,
        );
        check(&quote! { tracing::info!(?text, "read"); yield 1; }, false);
        check(&quote! { yield try_stream! { yield read()?; }; }, false);
    }

    #[test]
    fn a_body_that_does_not_parse_is_left_to_async_stream() {
        check(&quote! { let = 7?; }, false);
    }
}
