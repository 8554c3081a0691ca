//! Each file opens with docs: what it owns, and what it must not know.

use super::source::Source;
use crate::finding::Finding;

/// Finds a file whose first line is no `//!`; docs kept in a file of their own count.
pub(crate) fn check(source: &Source) -> Option<Finding> {
    let first = source.text().lines().find(|line| !line.trim().is_empty()).unwrap_or_default();
    let says_something = first.strip_prefix("//!").is_some_and(|docs| !docs.trim().is_empty());
    if says_something || first.starts_with("#![doc = include_str!(") {
        return None;
    }
    Some(source.finding(1, "the file opens without `//!` docs", "say what it owns"))
}

#[cfg(test)]
mod tests {
    use super::check;
    use crate::tidy::source::Source;

    fn is_found(text: &str) -> bool {
        check(&Source::parse("src/a.rs", text).unwrap()).is_some()
    }

    #[test]
    fn a_file_opens_with_docs() {
        assert!(!is_found("//! The encoder.\nfn a() {}"));
        assert!(!is_found("#![doc = include_str!(\"../README.md\")]\nfn a() {}"));
        assert!(is_found("// The encoder.\nfn a() {}"));
        assert!(is_found("//!\nfn a() {}"));
        assert!(is_found("/// A function.\nfn a() {}"));
        assert!(is_found(""));
    }
}
