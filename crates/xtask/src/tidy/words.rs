//! Words that stand nowhere, and one that only the encoder of events spells.

use proc_macro2::{Delimiter, Ident, Literal, TokenStream, TokenTree};
use syn::Lit;

use super::source::Source;
use crate::finding::Finding;

/// The file which knows how an event looks on the wire.
const ENCODER: &str = "crates/hyperpoint-sse/src/encode.rs";

/// What stands in the bench for servers that are not ours.
const PEERS: &str = "crates/hyperpoint-bench/src/";

/// The field of an event; in two parts, so that this file does not spell it.
const FIELD: &str = concat!("data", ":");

/// Finds `unsafe` and unfinished code anywhere, and the field of an event outside the encoder.
pub(crate) fn check(source: &Source) -> Vec<Finding> {
    let mut scan = Scan { source, findings: Vec::new() };
    scan.stream(source.tokens());
    scan.findings
}

struct Scan<'a> {
    source: &'a Source,
    findings: Vec<Finding>,
}

impl Scan<'_> {
    fn stream(&mut self, tokens: TokenStream) {
        let trees: Vec<TokenTree> = tokens.into_iter().collect();
        let mut rest = trees.as_slice();
        while let Some((first, after)) = rest.split_first() {
            rest = after;
            match first {
                TokenTree::Punct(punct) if punct.as_char() == '#' => rest = after_docs(after),
                TokenTree::Ident(ident) => self.ident(ident, after.first()),
                TokenTree::Literal(literal) => self.literal(literal),
                TokenTree::Group(group) => self.stream(group.stream()),
                TokenTree::Punct(_) => {}
            }
        }
    }

    fn ident(&mut self, ident: &Ident, next: Option<&TokenTree>) {
        let line = ident.span().start().line;
        let is_called = matches!(next, Some(TokenTree::Punct(punct)) if punct.as_char() == '!');
        let name = ident.to_string();
        match name.as_str() {
            "unsafe" => {
                let fix = "find the safe way, or a crate that did";
                self.findings.push(self.source.finding(line, "`unsafe` stands here", fix));
            }
            "todo" | "unimplemented" | "dbg" if is_called => {
                let wrong = format!("`{name}!` stands for unfinished code");
                self.findings.push(self.source.finding(line, wrong, "finish it"));
            }
            _ => {}
        }
    }

    fn literal(&mut self, literal: &Literal) {
        let line = literal.span().start().line;
        let source = self.source;
        let is_exempt = source.path() == ENCODER
            || source.path().starts_with(PEERS)
            || source.is_test_file()
            || source.is_test_line(line);
        if is_exempt || !spells_field(literal) {
            return;
        }
        let wrong = format!("a literal spells the `{FIELD}` of an event");
        self.findings.push(source.finding(line, wrong, format!("let {ENCODER} write it")));
    }
}

fn spells_field(literal: &Literal) -> bool {
    match Lit::new(literal.clone()) {
        Lit::Str(text) => text.value().contains(FIELD),
        Lit::ByteStr(bytes) => {
            bytes.value().windows(FIELD.len()).any(|window| window == FIELD.as_bytes())
        }
        _ => false,
    }
}

/// Steps over `[doc = "…"]` after a `#`, and the `!` between them: docs may speak of all this.
fn after_docs(rest: &[TokenTree]) -> &[TokenTree] {
    let inner = match rest {
        [TokenTree::Punct(punct), inner @ ..] if punct.as_char() == '!' => inner,
        _ => rest,
    };
    match inner {
        [TokenTree::Group(group), after @ ..]
            if group.delimiter() == Delimiter::Bracket
                && matches!(group.stream().into_iter().next(),
                    Some(TokenTree::Ident(ident)) if ident == "doc") =>
        {
            after
        }
        _ => rest,
    }
}

#[cfg(test)]
mod tests {
    use super::check;
    use crate::tidy::source::Source;

    fn check_at(path: &str, text: &str, expected: &[&str]) {
        let source = Source::parse(path, text).unwrap();
        let findings: Vec<_> = check(&source).iter().map(ToString::to_string).collect();
        assert_eq!(findings.len(), expected.len(), "{text}: {findings:?}");
        for (finding, expected) in findings.iter().zip(expected) {
            assert!(finding.contains(expected), "{finding}");
        }
    }

    #[test]
    fn unsafe_stands_nowhere_but_in_docs_and_text() {
        check_at("src/a.rs", "fn a() {\n unsafe { b() } }", &["src/a.rs:2: `unsafe`"]);
        check_at("src/a.rs", "a! { unsafe fn b() {} }", &["`unsafe`"]);
        check_at("tests/a.rs", "#[unsafe(no_mangle)] fn b() {}", &["`unsafe`"]);
        check_at("src/a.rs", "/// unsafe\nfn a() { b(\"unsafe\"); /* unsafe */ }", &[]);
    }

    #[test]
    fn unfinished_code_is_found() {
        check_at("src/a.rs", "fn a() { todo!() }", &["`todo!`"]);
        check_at("src/a.rs", "fn a() { b(unimplemented!()); }", &["`unimplemented!`"]);
        check_at("src/a.rs", "#[cfg(test)] mod b { fn a() { dbg!(1); } }", &["`dbg!`"]);
        check_at("src/a.rs", "fn todo() { dbg(); }", &[]);
    }

    #[test]
    fn only_the_encoder_and_tests_spell_the_field() {
        let spelled = "fn a() { b(\"x\\ndata: y\"); }";
        check_at("crates/hyperpoint-host/src/a.rs", spelled, &["spells the `data:`"]);
        check_at("src/a.rs", "fn a() { b!(b\"data:\"); }", &["spells the `data:`"]);
        check_at("crates/hyperpoint-sse/src/encode.rs", spelled, &[]);
        check_at("crates/hyperpoint-bench/src/servers/raw_hyper.rs", spelled, &[]);
        check_at("tests/src/a.rs", spelled, &[]);
        check_at("src/a.rs", &format!("#[cfg(test)] mod tests {{ {spelled} }}"), &[]);
        check_at("src/a.rs", "//! A data: line.\n/// data: b\nfn a() { b(\"data\"); }", &[]);
    }
}
