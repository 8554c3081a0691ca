//! Checks that each file starts with module docs.

use super::source::Source;
use crate::finding::Finding;

/// Returns a finding if the first line of the file that is not blank is neither `//!` with text nor
/// `#![doc = include_str!(…)]`.
pub(crate) fn check(source: &Source) -> Option<Finding> {
    let first = source.text().lines().find(|line| !line.trim().is_empty()).unwrap_or_default();
    let has_docs = first.strip_prefix("//!").is_some_and(|docs| !docs.trim().is_empty());
    if has_docs || first.starts_with("#![doc = include_str!(") {
        return None;
    }
    Some(source.finding(
        1,
        "the file starts without `//!` docs",
        "add a sentence that says what the module is or does",
    ))
}

#[cfg(test)]
mod tests {
    use super::check;
    use crate::tidy::source::Source;

    fn is_found(text: &str) -> bool {
        check(&Source::parse("src/a.rs", text).unwrap()).is_some()
    }

    #[test]
    fn a_file_starts_with_docs() {
        assert!(!is_found("//! The encoder.\nfn a() {}"));
        assert!(!is_found("#![doc = include_str!(\"../README.md\")]\nfn a() {}"));
        assert!(is_found("// The encoder.\nfn a() {}"));
        assert!(is_found("//!\nfn a() {}"));
        assert!(is_found("/// A function.\nfn a() {}"));
        assert!(is_found(""));
    }
}
