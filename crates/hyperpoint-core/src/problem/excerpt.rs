//! Parts of texts that a client chose the length of.

use std::borrow::Cow;

/// The text, or its first `chars` characters and an ellipsis if it is longer.
pub(crate) fn excerpt(text: &str, chars: usize) -> Cow<'_, str> {
    // A text has no more characters than bytes.
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
    fn a_text_is_cut_between_characters() {
        assert_eq!(excerpt("äöü", 3), "äöü");
        assert_eq!(excerpt("äöüß", 3), "äöü…");
        assert_eq!(excerpt("", 0), "");
        assert_eq!(excerpt("x", 0), "…");
    }
}
