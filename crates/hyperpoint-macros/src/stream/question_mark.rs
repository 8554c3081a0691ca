//! Detection of a `?` that would end the block of a stream.

use syn::visit_mut::{self, VisitMut};
use syn::{Expr, ExprAsync, ExprClosure, ExprTry, Item, Stmt, Token};

/// Returns the first `?` that would end the block of the stream, or `None` if there is no such `?`.
/// A `?` in a closure, an `async` block or an item does not end the block.
pub(super) fn first_question_mark(block: &mut [Stmt]) -> Option<Token![?]> {
    let mut finder = Finder(None);
    for statement in block {
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

#[cfg(test)]
mod tests {
    use proc_macro2::TokenStream;
    use quote::quote;
    use syn::Block;
    use syn::parse::Parser;

    use super::super::for_await::mark;
    use super::*;

    #[track_caller]
    fn check(body: &TokenStream, has_one: bool) {
        let mut block = Block::parse_within.parse2(mark(body.clone())).unwrap();
        assert_eq!(first_question_mark(&mut block).is_some(), has_one, "{body}");
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
}
