//! No file and no function is longer than one can keep in mind.

use syn::spanned::Spanned;
use syn::visit::{self, Visit};
use syn::{Block, ImplItemFn, ItemFn, Signature, TraitItemFn};

use super::source::Source;
use crate::finding::Finding;

const FILE_LINES: usize = 400;
const FUNCTION_LINES: usize = 60;

/// Finds a file over 400 lines without its tests, and functions over 60 lines, tests too.
pub(crate) fn check(source: &Source) -> Vec<Finding> {
    let mut functions = LongFunctions { source, findings: Vec::new() };
    functions.visit_file(source.file());
    let mut findings = functions.findings;
    let count = source.text().lines().count();
    let count = (1..=count).filter(|line| !source.is_test_line(*line)).count();
    if count > FILE_LINES {
        let wrong = format!("{count} lines without tests, where {FILE_LINES} are the limit");
        findings.push(source.finding(1, wrong, "move one of its ideas to a file of its own"));
    }
    findings
}

struct LongFunctions<'a> {
    source: &'a Source,
    findings: Vec<Finding>,
}

impl LongFunctions<'_> {
    fn measure(&mut self, signature: &Signature, block: &Block) {
        let first = signature.span().start().line;
        let count = block.brace_token.span.close().end().line + 1 - first;
        if count > FUNCTION_LINES {
            let name = &signature.ident;
            let wrong = format!("`{name}` has {count} lines, where {FUNCTION_LINES} are the limit");
            let fix = "give each of its steps a name and a function";
            self.findings.push(self.source.finding(first, wrong, fix));
        }
    }
}

impl Visit<'_> for LongFunctions<'_> {
    fn visit_item_fn(&mut self, function: &ItemFn) {
        self.measure(&function.sig, &function.block);
        visit::visit_item_fn(self, function);
    }

    fn visit_impl_item_fn(&mut self, function: &ImplItemFn) {
        self.measure(&function.sig, &function.block);
        visit::visit_impl_item_fn(self, function);
    }

    fn visit_trait_item_fn(&mut self, function: &TraitItemFn) {
        if let Some(block) = &function.default {
            self.measure(&function.sig, block);
        }
        visit::visit_trait_item_fn(self, function);
    }
}

#[cfg(test)]
mod tests {
    use super::check;
    use crate::tidy::source::Source;

    fn findings(text: &str) -> Vec<String> {
        let source = Source::parse("src/a.rs", text).unwrap();
        check(&source).iter().map(ToString::to_string).collect()
    }

    /// A function of that many lines, from signature to closing brace.
    fn function(lines: usize) -> String {
        format!("fn a(\n) {{{}}}\n", "\n".repeat(lines - 2))
    }

    #[test]
    fn a_function_ends_at_sixty_lines() {
        assert!(findings(&function(60)).is_empty());
        let text = format!("/// Docs do not count.\n{}", function(61));
        assert!(findings(&text)[0].starts_with("src/a.rs:2: `a` has 61 lines"));
    }

    #[test]
    fn methods_and_tests_are_functions_too() {
        let long = function(61);
        for text in [
            format!("impl A {{ {long} }}"),
            format!("trait A {{ {long} }}"),
            format!("#[cfg(test)] mod tests {{ #[test] {long} }}"),
            format!("fn b() {{ {long} }}"),
        ] {
            assert!(!findings(&text).is_empty(), "{text}");
        }
    }

    #[test]
    fn a_file_ends_at_four_hundred_lines_without_its_tests() {
        let lines = |count| "// A line.\n".repeat(count);
        assert!(findings(&lines(400)).is_empty());
        assert!(findings(&lines(401))[0].starts_with("src/a.rs:1: 401 lines without tests"));
        let text = format!("{}#[cfg(test)]\nmod tests {{\n{}}}\n", lines(400), lines(50));
        assert!(findings(&text).is_empty());
    }
}
