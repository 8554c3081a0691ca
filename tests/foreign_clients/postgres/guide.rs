//! The guide shows the code that these tests run.

use std::path::Path;

#[test]
fn the_guide_shows_the_outbox_that_is_tested() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"));
    let read = |path: &str| std::fs::read_to_string(folder.join(path)).unwrap();
    let tested = read("foreign_clients/postgres/outbox.rs");
    let (_, tested) = tested.split_once("\n\n").unwrap();
    let guide = read("../docs/guide/19-running-topics.md");
    let (_, shown) = guide.split_once("### With Postgres").unwrap();
    let (_, shown) = shown.split_once("```rust,ignore\n").unwrap();
    let (shown, _) = shown.split_once("```").unwrap();
    assert_eq!(words(&tested.replace("pub(super) ", "")), words(shown));
}

/// The words of the code: it may be broken into lines at other places, since visibilities are longer.
fn words(code: &str) -> String {
    let joined: String = code.split_whitespace().collect();
    joined.replace(",)", ")")
}
