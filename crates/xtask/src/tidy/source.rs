//! One Rust file: its path from the root, its text, its items, and which lines are tests.

use std::ops::RangeInclusive;

use proc_macro2::TokenStream;
use syn::spanned::Spanned;
use syn::visit::{self, Visit};
use syn::{Attribute, ImplItemFn, Item};

use crate::finding::Finding;

/// A parsed file. Its path has `/` on every system.
pub(crate) struct Source {
    path: String,
    text: String,
    items: syn::File,
    tests: Vec<RangeInclusive<usize>>,
}

impl Source {
    /// Parses `text`, or finds where it is no Rust.
    pub(crate) fn parse(path: impl Into<String>, text: impl Into<String>) -> Result<Self, Finding> {
        let (path, text) = (path.into(), text.into());
        let items = syn::parse_file(&text).map_err(|error| {
            let wrong = format!("this is no Rust: {error}");
            Finding::new(&path, error.span().start().line, wrong, "let it compile first")
        })?;
        let mut lines = TestLines(Vec::new());
        lines.visit_file(&items);
        Ok(Self { path, text, items, tests: lines.0 })
    }

    pub(crate) fn path(&self) -> &str {
        &self.path
    }

    /// The name of the file without its folders and `.rs`.
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

    /// Its tokens, without comments but with docs as attributes.
    pub(crate) fn tokens(&self) -> TokenStream {
        quote::ToTokens::to_token_stream(&self.items)
    }

    /// Whether the line is in an item under `#[cfg(test)]`.
    pub(crate) fn is_test_line(&self, line: usize) -> bool {
        self.tests.iter().any(|range| range.contains(&line))
    }

    /// Whether all of it is tests: in a folder `tests`, or itself the `tests` of a module.
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

/// Whether an item is there in tests only: `#[test]`, `#[cfg(test)]`, `#[cfg(all(test, …))]`.
pub(crate) fn is_for_tests(attributes: &[Attribute]) -> bool {
    attributes.iter().any(|attribute| {
        let path = attribute.path();
        path.is_ident("test") || (path.is_ident("cfg") && asks_for_test(attribute))
    })
}

fn asks_for_test(attribute: &Attribute) -> bool {
    let mut is_asked = false;
    let parsed = attribute.parse_nested_meta(|meta| {
        if meta.path.is_ident("all") {
            return meta.parse_nested_meta(|meta| {
                is_asked |= meta.path.is_ident("test");
                skip(&meta)
            });
        }
        is_asked |= meta.path.is_ident("test");
        skip(&meta)
    });
    parsed.is_ok() && is_asked
}

/// Steps over `= value` and `(…)` of a condition that does not matter here.
fn skip(meta: &syn::meta::ParseNestedMeta<'_>) -> syn::Result<()> {
    if meta.input.peek(syn::token::Paren) {
        meta.input.parse::<proc_macro2::Group>()?;
    } else if let Ok(value) = meta.value() {
        value.parse::<syn::Lit>()?;
    }
    Ok(())
}

/// The attributes of an item, whatever it is; a form that is new to `syn` has none.
pub(crate) fn attributes(item: &Item) -> &[Attribute] {
    match item {
        Item::Const(item) => &item.attrs,
        Item::Enum(item) => &item.attrs,
        Item::ExternCrate(item) => &item.attrs,
        Item::Fn(item) => &item.attrs,
        Item::ForeignMod(item) => &item.attrs,
        Item::Impl(item) => &item.attrs,
        Item::Macro(item) => &item.attrs,
        Item::Mod(item) => &item.attrs,
        Item::Static(item) => &item.attrs,
        Item::Struct(item) => &item.attrs,
        Item::Trait(item) => &item.attrs,
        Item::TraitAlias(item) => &item.attrs,
        Item::Type(item) => &item.attrs,
        Item::Union(item) => &item.attrs,
        Item::Use(item) => &item.attrs,
        _ => &[],
    }
}

struct TestLines(Vec<RangeInclusive<usize>>);

impl TestLines {
    fn add(&mut self, item: &impl Spanned) {
        let span = item.span();
        self.0.push(span.start().line..=span.end().line);
    }
}

impl Visit<'_> for TestLines {
    fn visit_item(&mut self, item: &Item) {
        if is_for_tests(attributes(item)) {
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
    fn tests_are_told_by_their_attributes() {
        check("fn a() {}\n#[cfg(test)]\nmod tests {\n}\nfn b() {}", &[2, 3, 4]);
        check("mod a {\n#[test]\nfn b() {}\n}", &[2, 3]);
        check("impl A {\n#[cfg(test)]\nfn b() {}\n}", &[2, 3]);
        check("#[cfg(all(unix, test, feature = \"a\"))]\nmod b {}", &[1, 2]);
        check("#[cfg(any(test, feature = \"a\"))]\nmod b {}", &[]);
        check("#[cfg(not(test))]\nmod b {}", &[]);
        check("#[cfg(feature = \"test\")]\nmod b {}", &[]);
    }

    #[test]
    fn test_files_are_told_by_their_place() {
        let is_test = |path: &str| Source::parse(path, "").unwrap().is_test_file();
        assert!(is_test("crates/a/tests/wire.rs"));
        assert!(is_test("tests/src/main.rs"));
        assert!(is_test("crates/a/src/b/tests.rs"));
        assert!(!is_test("crates/a/src/b.rs"));
    }

    #[test]
    fn what_does_not_parse_is_a_finding_at_its_line() {
        let finding = Source::parse("src/a.rs", "fn a() {}\nfn 1").err().unwrap();
        assert!(finding.to_string().starts_with("src/a.rs:2: this is no Rust: "), "{finding}");
    }
}
