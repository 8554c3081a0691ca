//! Support for `for await item in stream { … }`, which is not Rust syntax and which `syn` cannot
//! parse.

use proc_macro2::{Group, Ident, Span, TokenStream, TokenTree};
use syn::{Error, ExprForLoop, Pat};

use super::inner_streams::InnerStreams;

/// The name that marks the pattern of a `for await` loop. `syn` cannot parse `for await`, but can
/// parse `for MARK @ item in stream`.
const MARK: &str = "__for_await";

const MISPLACED: &str = "`for await` is supported only directly in the block of the stream, not in a closure, \
                         an `async` block, a function or another macro; elsewhere in async code, pin \
                         the stream and write `while let Some(item) = stream.next().await { … }`, with \
                         `StreamExt` in scope";

/// Replaces each `for await` with a `for` that has a marked pattern, except in inner streams, which
/// replace their own.
pub(super) fn mark(tokens: TokenStream) -> TokenStream {
    let mut follows_for = false;
    let mut streams = InnerStreams::default();
    tokens
        .into_iter()
        .flat_map(|tree| {
            let is_marked = follows_for && is_ident(&tree, "await");
            follows_for = is_ident(&tree, "for");
            let is_of_inner_stream = streams.includes(&tree);
            match tree {
                TokenTree::Ident(keyword) if is_marked => marked(keyword.span()),
                TokenTree::Group(group) if !is_of_inner_stream => {
                    TokenTree::from(within(&group, mark)).into()
                }
                tree => tree.into(),
            }
        })
        .collect()
}

/// Returns a copy of the group with changed contents.
pub(super) fn within(group: &Group, change: impl FnOnce(TokenStream) -> TokenStream) -> Group {
    let mut changed = Group::new(group.delimiter(), change(group.stream()));
    changed.set_span(group.span());
    changed
}

/// Removes the mark of a `for await` loop. Returns `false` if the loop has no mark.
pub(super) fn unmark(for_loop: &mut ExprForLoop) -> bool {
    let first = match &mut *for_loop.pat {
        Pat::Or(either) => either.cases.first_mut(),
        pattern => Some(pattern),
    };
    let Some(pattern) = first else { return false };
    match pattern {
        Pat::Ident(named) if named.ident == MARK => match named.subpat.take() {
            Some((_, item)) => *pattern = *item,
            None => return false,
        },
        _ => return false,
    }
    true
}

/// Checks that no mark is left, which would make a plain `for` of a `for await`.
///
/// # Errors
///
/// A compile error at the first `for await` that is not directly in the block of the stream.
pub(super) fn check_unmarked(tokens: TokenStream) -> syn::Result<()> {
    tokens.into_iter().try_for_each(|tree| match tree {
        TokenTree::Ident(ident) if ident == MARK => Err(Error::new(ident.span(), MISPLACED)),
        TokenTree::Group(group) => check_unmarked(group.stream()),
        _ => Ok(()),
    })
}

fn is_ident(tree: &TokenTree, text: &str) -> bool {
    matches!(tree, TokenTree::Ident(ident) if ident == text)
}

fn marked(span: Span) -> TokenStream {
    let mark = Ident::new(MARK, span);
    quote::quote_spanned!(span => #mark @)
}
