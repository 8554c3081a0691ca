//! The edges between the files of a crate: each path in a module is followed to the file that
//! defines its item.

use std::collections::BTreeMap;

use super::mentions::Mention;
use super::resolve::{Target, resolve};
use super::tree::{Module, Tree};
use crate::tidy::declarations::is_table_of_contents;
use crate::tidy::source::Source;
use crate::tidy::sources::Sources;

/// Maps each file to the files that it uses, with the line of the first use.
pub(crate) type Edges<'a> = BTreeMap<&'a str, BTreeMap<&'a str, usize>>;

/// Returns the edges of the crate with the root file `root`. No edge ends at a file with `mod` and
/// `use` only: a path through it is followed to the files whose items it re-exports.
pub(crate) fn edges<'a>(sources: &'a Sources, root: &str) -> Edges<'a> {
    let tree = Tree::grow(sources, root);
    let mut edges = Edges::new();
    for (path, module) in &tree.modules {
        for mention in &module.mentions {
            for used in used(&tree, path, mention) {
                add(&mut edges, module.source, used, mention.line);
            }
        }
    }
    edges
}

fn add<'a>(edges: &mut Edges<'a>, from: &'a Source, to: &'a Source, line: usize) {
    if from.path() == to.path() || is_table_of_contents(from) || is_table_of_contents(to) {
        return;
    }
    let first = edges.entry(from.path()).or_default().entry(to.path()).or_insert(line);
    *first = line.min(*first);
}

/// Returns the files that a path uses: the file of its item, or for `*` the files of all items that
/// the module has or re-exports.
fn used<'a>(tree: &Tree<'a>, from: &[String], mention: &Mention) -> Vec<&'a Source> {
    let (path, is_glob) = match mention.path.split_last() {
        Some((last, path)) if last == "*" => (path, true),
        _ => (mention.path.as_slice(), false),
    };
    match resolve(tree, from, path) {
        Target::Item(source) => vec![source],
        Target::Elsewhere => Vec::new(),
        Target::Module(path) => match tree.modules.get(&path) {
            Some(module) if is_glob => all_of(tree, &path, module),
            Some(module) => vec![module.source],
            None => Vec::new(),
        },
    }
}

/// Returns the file of a module and, if it has `mod` and `use` only, the files that it re-exports.
fn all_of<'a>(tree: &Tree<'a>, path: &[String], module: &Module<'a>) -> Vec<&'a Source> {
    let mut sources = vec![module.source];
    if is_table_of_contents(module.source) {
        for import in module.imports.values().chain(&module.globs) {
            match resolve(tree, path, import) {
                Target::Item(source) => sources.push(source),
                Target::Module(path) => {
                    sources.extend(tree.modules.get(&path).map(|module| module.source));
                }
                Target::Elsewhere => {}
            }
        }
    }
    sources
}

#[cfg(test)]
mod tests {
    use super::edges;
    use crate::tidy::sources::Sources;

    /// Compares the edges of these files, of which the first is the root, with `from -> to:line`.
    fn check(files: &[(&str, &str)], expected: &[&str]) {
        let sources = Sources::of(files);
        let edges = edges(&sources, files[0].0);
        let found: Vec<String> = edges
            .iter()
            .flat_map(|(from, to)| {
                to.iter().map(move |(to, line)| format!("{from} -> {to}:{line}"))
            })
            .collect();
        assert_eq!(found, expected, "{files:?}");
    }

    #[test]
    fn use_and_inline_paths_are_edges() {
        check(
            &[
                ("lib.rs", "mod a; mod b;"),
                ("a.rs", "\nuse crate::b::B; struct A;"),
                ("b.rs", "struct B;"),
            ],
            &["a.rs -> b.rs:2"],
        );
        check(
            &[("main.rs", "mod a;\nfn main() { a::b() }"), ("a.rs", "pub fn b() {}")],
            &["main.rs -> a.rs:2"],
        );
        check(
            &[
                ("lib.rs", "mod a; mod b;"),
                ("a.rs", "fn c() { d!(x, crate::b::B::new()) }"),
                ("b.rs", "struct B;"),
            ],
            &["a.rs -> b.rs:1"],
        );
    }

    #[test]
    fn a_path_through_a_reexport_leads_to_the_defining_file() {
        check(
            &[
                ("lib.rs", "mod a; mod b; pub use b::B;"),
                ("a.rs", "use crate::B; use crate::b; struct A;"),
                ("b/mod.rs", "mod d; pub use d::B;"),
                ("b/d.rs", "pub struct B;"),
            ],
            &["a.rs -> b/d.rs:1"],
        );
    }

    #[test]
    fn a_glob_import_uses_all_reexported_files() {
        check(
            &[
                ("lib.rs", "mod a; mod b; mod d; pub use b::B; pub use d::*;"),
                ("a.rs", "use super::*; struct A;"),
                ("b.rs", "pub struct B;"),
                ("d.rs", "pub struct D;"),
            ],
            &["a.rs -> b.rs:1", "a.rs -> d.rs:1"],
        );
    }

    #[test]
    fn tests_are_no_edges() {
        check(
            &[
                ("lib.rs", "mod a; mod b;"),
                (
                    "a.rs",
                    "#[cfg(test)] mod tests { use crate::b::B; }
                    impl A { #[cfg(test)] fn c() { crate::b::d() } }",
                ),
                ("b.rs", "pub struct B; pub fn d() {}"),
            ],
            &[],
        );
    }
}
