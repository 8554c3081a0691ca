//! Finds import cycles between the files and between the modules of a crate.
//!
//! A module is a file or a folder. Two folders can use each other although no two of their files
//! do. That is a cycle of modules: neither folder can be understood without the other.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use super::graph::{Edges, edges};
use super::sources::Sources;
use crate::finding::Finding;

/// Maps each node to the nodes that it uses, with the file and line of the first use.
type Uses<'a> = BTreeMap<&'a str, BTreeMap<&'a str, (&'a str, usize)>>;

/// Finds the cycles of files in the crate with the root file `root` or, if there are none, the
/// cycles of modules. Of several cycles through the same file or module, only one of the shortest
/// is reported.
pub(crate) fn check(sources: &Sources, root: &str) -> Vec<Finding> {
    let edges = edges(sources, root);
    let findings = cycles("files", between(&edges, Some));
    if !findings.is_empty() {
        return findings;
    }
    let folders: BTreeSet<&str> = edges.keys().copied().flat_map(folders).collect();
    let modules = folders.into_iter().map(|folder| between(&edges, |file| child(folder, file)));
    modules.flat_map(|uses| cycles("modules", uses)).collect()
}

/// Returns the folders above a file, nearest first.
fn folders(file: &str) -> impl Iterator<Item = &str> {
    std::iter::successors(file.rsplit_once('/'), |(folder, _)| folder.rsplit_once('/'))
        .map(|(folder, _)| folder)
}

/// Returns the file or folder directly in `folder` that contains `file`, or `None` if `file` is not
/// in `folder`.
fn child<'a>(folder: &str, file: &'a str) -> Option<&'a str> {
    let below = file.strip_prefix(folder)?.strip_prefix('/')?;
    let name = below.split('/').next()?;
    file.get(..folder.len() + 1 + name.len())
}

/// Projects edges between files to edges between the nodes that contain the files.
fn between<'a>(edges: &Edges<'a>, node: impl Fn(&'a str) -> Option<&'a str>) -> Uses<'a> {
    let mut uses = Uses::new();
    for (file, used) in edges {
        for (other, line) in used {
            if let (Some(from), Some(to)) = (node(file), node(other))
                && from != to
            {
                uses.entry(from).or_default().entry(to).or_insert((*file, *line));
            }
        }
    }
    uses
}

/// Finds the cycles between nodes. `kind` names the nodes in the text of a finding.
fn cycles(kind: &str, mut uses: Uses<'_>) -> Vec<Finding> {
    let nodes: Vec<&str> = uses.keys().copied().collect();
    let mut findings = Vec::new();
    for node in nodes {
        if let Some(cycle) = shortest(&uses, node) {
            findings.push(finding(kind, &uses, node, &cycle));
            // Ignores further cycles through this node.
            uses.remove(node);
        }
    }
    findings
}

/// Returns the nodes on the shortest path from `start` to itself, without `start`, or `None` if
/// there is no such path.
fn shortest<'a>(uses: &Uses<'a>, start: &'a str) -> Option<Vec<&'a str>> {
    let mut came_from: BTreeMap<&str, &str> = BTreeMap::new();
    let mut next = VecDeque::from([start]);
    while let Some(node) = next.pop_front() {
        for used in uses.get(node).into_iter().flat_map(BTreeMap::keys).copied() {
            if used == start {
                return Some(path_to(node, start, &came_from));
            }
            if !came_from.contains_key(used) {
                came_from.insert(used, node);
                next.push_back(used);
            }
        }
    }
    None
}

/// Returns the nodes on the path from `start` to `end`, without `start`.
fn path_to<'a>(
    end: &'a str,
    start: &'a str,
    came_from: &BTreeMap<&'a str, &'a str>,
) -> Vec<&'a str> {
    let from_end = std::iter::successors(Some(end), |node| came_from.get(node).copied());
    let mut path: Vec<&str> = from_end.take_while(|node| *node != start).collect();
    path.reverse();
    path
}

fn finding(kind: &str, uses: &Uses<'_>, start: &str, cycle: &[&str]) -> Finding {
    let nodes = [&[start], cycle, &[start]].concat();
    let places: Vec<(&str, usize)> = nodes
        .iter()
        .zip(nodes.iter().skip(1))
        .filter_map(|(from, to)| uses.get(from)?.get(to).copied())
        .collect();
    let step = |(node, (file, line)): (&&str, &(&str, usize))| match *node == *file {
        true => format!("{file}:{line} -> "),
        false => format!("{node} ({file}:{line}) -> "),
    };
    let steps: String = nodes.iter().zip(&places).map(step).collect();
    let (file, line) = places.first().copied().unwrap_or((start, 1));
    let wrong = format!("a cycle of {kind}: {steps}{start}");
    Finding::new(file, line, wrong, "move what both need to a module below them")
}

#[cfg(test)]
mod tests {
    use super::check;
    use crate::tidy::sources::Sources;

    fn findings(files: &[(&str, &str)]) -> Vec<String> {
        let sources = Sources::of(files);
        check(&sources, files[0].0).iter().map(ToString::to_string).collect()
    }

    #[test]
    fn a_cycle_of_files_is_reported_with_its_lines() {
        let found = findings(&[
            ("lib.rs", "mod a; mod b; mod c;"),
            ("a.rs", "\nuse crate::b::B; pub struct A;"),
            ("b.rs", "use crate::c::C; pub struct B;"),
            ("c.rs", "\n\npub struct C(super::a::A);"),
        ]);
        let cycle = "a.rs:2: a cycle of files: a.rs:2 -> b.rs:1 -> c.rs:3 -> a.rs; \
            move what both need to a module below them";
        assert_eq!(found, [cycle]);
    }

    #[test]
    fn two_folders_that_use_each_other_are_a_cycle_of_modules() {
        let found = findings(&[
            ("src/lib.rs", "mod a; mod b; mod c;"),
            ("src/a/mod.rs", "mod high; mod low; pub use low::Low;"),
            ("src/a/high.rs", "use crate::b::B; pub struct High;"),
            ("src/a/low.rs", "pub struct Low;"),
            ("src/b/mod.rs", "mod b; pub use b::B;"),
            ("src/b/b.rs", "\nuse crate::c::C; pub struct B;"),
            ("src/c.rs", "use crate::a::Low; pub struct C;"),
        ]);
        let cycle = "src/a/high.rs:1: a cycle of modules: src/a (src/a/high.rs:1) -> \
            src/b (src/b/b.rs:2) -> src/c.rs:1 -> src/a; move what both need to a module below them";
        assert_eq!(found, [cycle]);
    }

    #[test]
    fn folders_within_a_folder_are_checked_too() {
        let found = findings(&[
            ("src/lib.rs", "mod a;"),
            ("src/a/mod.rs", "mod b; mod c;"),
            ("src/a/b/mod.rs", "mod d; mod e;"),
            ("src/a/b/d.rs", "use crate::a::c::C; pub struct D;"),
            ("src/a/b/e.rs", "pub struct E;"),
            ("src/a/c.rs", "use super::b::e::E; pub struct C;"),
        ]);
        assert_eq!(found.len(), 1, "{found:?}");
        assert!(
            found[0].contains("src/a/b (src/a/b/d.rs:1) -> src/a/c.rs:1 -> src/a/b"),
            "{found:?}"
        );
    }

    #[test]
    fn files_and_folders_that_use_lower_ones_are_no_cycle() {
        let found = findings(&[
            ("lib.rs", "mod a; mod b; mod c; pub use a::A;"),
            ("a.rs", "use crate::{b::B, c::C}; pub struct A;"),
            ("b/mod.rs", "mod b; pub use b::B;"),
            ("b/b.rs", "use crate::c::C; pub struct B;"),
            ("c.rs", "pub struct C; #[cfg(test)] mod tests { use crate::A; }"),
        ]);
        assert_eq!(found, [""; 0]);
    }

    #[test]
    fn a_cycle_through_reexports_is_found() {
        let found = findings(&[
            ("lib.rs", "mod a; mod b; pub use a::A; pub use b::*;"),
            ("a.rs", "use crate::B; pub struct A;"),
            ("b.rs", "use crate::A; pub struct B;"),
        ]);
        assert_eq!(found.len(), 1, "{found:?}");
    }

    #[test]
    fn two_cycles_are_two_findings() {
        let found = findings(&[
            ("main.rs", "mod a; mod b; fn main() { a::a() } pub fn c() {} "),
            ("a.rs", "pub fn a() { crate::c() }"),
            ("b.rs", "mod d; pub fn b() { d::d() }"),
            ("b/d.rs", "pub fn d() { super::b() }"),
        ]);
        assert_eq!(found.len(), 2, "{found:?}");
    }
}
