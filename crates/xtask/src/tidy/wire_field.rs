//! Checks that only the encoder of events, the bench and tests write the `data` field of the wire
//! format (WHATWG HTML, "Server-sent events").

use proc_macro2::{Delimiter, Literal, TokenStream, TokenTree};
use syn::Lit;

use super::source::Source;
use crate::finding::Finding;

/// The file that encodes events.
const ENCODER: &str = "crates/hyperpoint-sse/src/encode.rs";

/// The folder of the bench, whose servers without Hyperpoint write events themselves.
const PEERS: &str = "crates/hyperpoint-bench/src/";

/// The text of the field, in two parts, so that this file does not contain it.
const FIELD: &str = concat!("data", ":");

/// Finds string literals with the field outside the encoder, the bench and tests.
pub(crate) fn check(source: &Source) -> Vec<Finding> {
    if source.path() == ENCODER || source.path().starts_with(PEERS) || source.is_test_file() {
        return Vec::new();
    }
    let mut literals = Vec::new();
    collect(source.tokens(), &mut literals);
    let lines = literals.iter().filter(|literal| contains_field(literal));
    let lines = lines.map(|literal| literal.span().start().line);
    let wrong = format!("a string literal contains `{FIELD}`, the field of an event");
    let fix = format!("use the encoder in {ENCODER}");
    lines
        .filter(|line| !source.is_test_line(*line))
        .map(|line| source.finding(line, &wrong, &fix))
        .collect()
}

/// Collects the literals in `tokens`, without the literals of doc comments.
fn collect(tokens: TokenStream, literals: &mut Vec<Literal>) {
    for tree in tokens {
        match tree {
            TokenTree::Literal(literal) => literals.push(literal),
            TokenTree::Group(group) if !is_doc(&group) => collect(group.stream(), literals),
            _ => {}
        }
    }
}

/// Returns whether this is the `[doc = "…"]` of a doc comment, which may contain the field.
fn is_doc(group: &proc_macro2::Group) -> bool {
    let first = group.stream().into_iter().next();
    group.delimiter() == Delimiter::Bracket
        && matches!(first, Some(TokenTree::Ident(ident)) if ident == "doc")
}

fn contains_field(literal: &Literal) -> bool {
    match Lit::new(literal.clone()) {
        Lit::Str(text) => text.value().contains(FIELD),
        Lit::ByteStr(bytes) => {
            bytes.value().windows(FIELD.len()).any(|part| part == FIELD.as_bytes())
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::check;
    use crate::tidy::source::Source;

    fn is_found(path: &str, text: &str) -> bool {
        !check(&Source::parse(path, text).unwrap()).is_empty()
    }

    #[test]
    fn only_the_encoder_the_bench_and_tests_contain_the_field() {
        let spelled = "fn a() { b(\"x\\ndata: y\"); }";
        assert!(is_found("crates/hyperpoint-host/src/a.rs", spelled));
        assert!(is_found("src/a.rs", "fn a() { b!(b\"data:\"); }"));
        assert!(!is_found("crates/hyperpoint-sse/src/encode.rs", spelled));
        assert!(!is_found("crates/hyperpoint-bench/src/servers/raw_hyper.rs", spelled));
        assert!(!is_found("tests/src/a.rs", spelled));
        assert!(!is_found("src/a.rs", &format!("#[cfg(test)] mod tests {{ {spelled} }}")));
        assert!(!is_found("src/a.rs", "//! A data: line.\n/// data: b\nfn a() { b(\"data\"); }"));
    }
}
