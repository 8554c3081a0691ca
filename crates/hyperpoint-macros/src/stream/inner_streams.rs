//! Detection of streams within the block of a stream.

use proc_macro2::{Ident, TokenTree};

/// A detector of the blocks of `stream! { … }` and `try_stream! { … }` in a sequence of tokens.
/// These macros rewrite their own blocks.
#[derive(Default)]
pub(super) struct InnerStreams {
    follows_name: bool,
    follows_mark: bool,
}

impl InnerStreams {
    /// Reads the next token, and returns whether it is the block of an inner stream.
    pub(super) fn includes(&mut self, tree: &TokenTree) -> bool {
        let is_block = self.follows_mark && matches!(tree, TokenTree::Group(_));
        self.follows_mark =
            self.follows_name && matches!(tree, TokenTree::Punct(punct) if punct.as_char() == '!');
        self.follows_name = matches!(tree, TokenTree::Ident(ident) if is_stream(ident));
        is_block
    }
}

/// Returns whether this is the name of `stream!` or `try_stream!`.
pub(super) fn is_stream(ident: &Ident) -> bool {
    ident == "stream" || ident == "try_stream"
}
