//! A parsed Rust file: its path from the root, its text, its items, and the lines of its tests.

use std::ops::RangeInclusive;

use proc_macro2::TokenStream;
use syn::spanned::Spanned;
use syn::visit::{self, Visit};
use syn::{ImplItemFn, Item};

use super::item_head::{ItemHead, is_for_tests};
use crate::finding::Finding;

/// A parsed file. The path has `/` on every system.
pub(crate) struct Source {
    path: String,
    text: String,
    items: syn::File,
    tests: Vec<RangeInclusive<usize>>,
}

impl Source {
    /// Parses the text of a file.
    ///
    /// # Errors
    ///
    /// Returns a finding at the line at which the text is not Rust.
    pub(crate) fn parse(path: impl Into<String>, text: impl Into<String>) -> Result<Self, Finding> {
        let (path, text) = (path.into(), text.into());
        let items = syn::parse_file(&text).map_err(|error| {
            let wrong = format!("the file does not parse: {error}");
            Finding::new(&path, error.span().start().line, wrong, "make it compile")
        })?;
        let mut lines = TestLines(Vec::new());
        lines.visit_file(&items);
        Ok(Self { path, text, items, tests: lines.0 })
    }

    pub(crate) fn path(&self) -> &str {
        &self.path
    }

    /// Returns the name of the file, without its folders and `.rs`.
    pub(crate) fn stem(&self) -> &str {
        let name = self.path.rsplit('/').next().unwrap_or_default();
        name.strip_suffix(".rs").unwrap_or(name)
    }

    pub(crate) fn text(&self) -> &str {
        &self.text
    }

    pub(crate) fn file(&self) -> &syn::File {
        &self.items
    }

    /// Returns the tokens of the file: without comments, and with docs as attributes.
    pub(crate) fn tokens(&self) -> TokenStream {
        quote::ToTokens::to_token_stream(&self.items)
    }

    /// Returns whether the line belongs to an item for tests.
    pub(crate) fn is_test_line(&self, line: usize) -> bool {
        self.tests.iter().any(|range| range.contains(&line))
    }

    /// Returns whether the whole file is for tests: it is in a folder `tests`, or its name is
    /// `tests.rs`.
    pub(crate) fn is_test_file(&self) -> bool {
        self.stem() == "tests" || self.path.split('/').any(|folder| folder == "tests")
    }

    pub(crate) fn finding(
        &self,
        line: usize,
        wrong: impl Into<String>,
        fix: impl Into<String>,
    ) -> Finding {
        Finding::new(&self.path, line, wrong, fix)
    }
}

/// Collects the lines of the items for tests.
struct TestLines(Vec<RangeInclusive<usize>>);

impl TestLines {
    fn add(&mut self, item: &impl Spanned) {
        let span = item.span();
        self.0.push(span.start().line..=span.end().line);
    }
}

impl Visit<'_> for TestLines {
    fn visit_item(&mut self, item: &Item) {
        if ItemHead::of(item).is_for_tests() {
            self.add(item);
        } else {
            visit::visit_item(self, item);
        }
    }

    fn visit_impl_item_fn(&mut self, function: &ImplItemFn) {
        if is_for_tests(&function.attrs) {
            self.add(function);
        } else {
            visit::visit_impl_item_fn(self, function);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Source;

    fn check(text: &str, test_lines: &[usize]) {
        let source = Source::parse("src/a.rs", text).unwrap();
        let found: Vec<_> = (1..9).filter(|line| source.is_test_line(*line)).collect();
        assert_eq!(found, test_lines, "{text}");
    }

    #[test]
    fn the_lines_of_tests_are_found_by_attributes() {
        check("fn a() {}\n#[cfg(test)]\nmod tests {\n}\nfn b() {}", &[2, 3, 4]);
        check("mod a {\n#[test]\nfn b() {}\n}", &[2, 3]);
        check("impl A {\n#[cfg(test)]\nfn b() {}\n}", &[2, 3]);
        check("#[cfg(all(unix, test, feature = \"a\"))]\nmod b {}", &[1, 2]);
        check("#[cfg(any(test, feature = \"a\"))]\nmod b {}", &[]);
        check("#[cfg(not(test))]\nmod b {}", &[]);
        check("#[cfg(feature = \"test\")]\nmod b {}", &[]);
    }

    #[test]
    fn test_files_are_found_by_their_path() {
        let is_test = |path: &str| Source::parse(path, "").unwrap().is_test_file();
        assert!(is_test("crates/a/tests/wire.rs"));
        assert!(is_test("tests/src/main.rs"));
        assert!(is_test("crates/a/src/b/tests.rs"));
        assert!(!is_test("crates/a/src/b.rs"));
    }

    #[test]
    fn a_syntax_error_is_a_finding_at_its_line() {
        let finding = Source::parse("src/a.rs", "fn a() {}\nfn 1").err().unwrap();
        assert!(
            finding.to_string().starts_with("src/a.rs:2: the file does not parse: "),
            "{finding}"
        );
    }
}
