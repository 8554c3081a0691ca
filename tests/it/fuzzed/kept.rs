//! The inputs in `fuzz/corpus`, checked on every run.

use std::path::Path;

use super::{binding, routing};

fn each(target: &str, check: fn(&[u8])) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../fuzz/corpus").join(target);
    let mut count = 0;
    for entry in std::fs::read_dir(folder).unwrap() {
        check(&std::fs::read(entry.unwrap().path()).unwrap());
        count += 1;
    }
    assert!(count > 5, "{count} inputs are kept for {target}");
}

#[test]
fn the_corpus_for_binding_passes() {
    each("binding", binding::check);
}

#[test]
fn the_corpus_for_routing_passes() {
    each("routing", routing::check);
}
