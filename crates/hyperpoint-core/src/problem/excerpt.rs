//! Truncation of text that a client sent.

use std::borrow::Cow;

/// Returns the text or, if it is longer than `chars` characters, its first `chars` characters and
/// an ellipsis.
pub(crate) fn excerpt(text: &str, chars: usize) -> Cow<'_, str> {
    // A text has at most as many characters as bytes.
    if text.len() <= chars {
        return Cow::Borrowed(text);
    }
    match text.char_indices().nth(chars) {
        Some((end, _)) => Cow::Owned(format!("{}…", &text[..end])),
        None => Cow::Borrowed(text),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_excerpt_ends_between_characters() {
        assert_eq!(excerpt("äöü", 3), "äöü");
        assert_eq!(excerpt("äöüß", 3), "äöü…");
        assert_eq!(excerpt("", 0), "");
        assert_eq!(excerpt("x", 0), "…");
    }
}
