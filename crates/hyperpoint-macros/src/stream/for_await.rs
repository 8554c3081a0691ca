//! Support for `for await item in stream { … }`, which is not Rust syntax and which `syn` cannot
//! parse.

use proc_macro2::{Group, Ident, Span, TokenStream, TokenTree};
use syn::{ExprForLoop, Pat};

/// The name that marks the pattern of a `for await` loop. `syn` cannot parse `for await`, but can
/// parse `for MARK @ item in stream`.
const MARK: &str = "__for_await";

/// Replaces each `for await` with a `for` that has a marked pattern.
pub(super) fn mark(tokens: TokenStream) -> TokenStream {
    let mut follows_for = false;
    tokens
        .into_iter()
        .flat_map(|tree| {
            let is_marked = follows_for && is_ident(&tree, "await");
            follows_for = is_ident(&tree, "for");
            match tree {
                TokenTree::Ident(keyword) if is_marked => marked(keyword.span()),
                TokenTree::Group(group) => TokenTree::from(within(&group, mark)).into(),
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

fn is_ident(tree: &TokenTree, text: &str) -> bool {
    matches!(tree, TokenTree::Ident(ident) if ident == text)
}

fn marked(span: Span) -> TokenStream {
    let mark = Ident::new(MARK, span);
    quote::quote_spanned!(span => #mark @)
}
