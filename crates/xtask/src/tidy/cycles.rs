//! No cycle of files: each can be read and tested with those below it alone.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use super::graph::{Edges, edges};
use super::sources::Sources;
use crate::finding::Finding;

/// Finds cycles in the crate whose root is this file; each is shown once, the shortest way round.
pub(crate) fn check(sources: &Sources, root: &str) -> Vec<Finding> {
    let mut edges = edges(sources, root);
    let files: Vec<&str> = edges.keys().copied().collect();
    let mut findings = Vec::new();
    for file in files {
        if let Some(circle) = circle(&edges, file) {
            findings.push(finding(&edges, file, &circle));
            // What is left without this file are other cycles.
            edges.remove(file);
        }
    }
    findings
}

/// The files on the shortest way from `start` to itself, without `start`.
fn circle<'a>(edges: &Edges<'a>, start: &'a str) -> Option<Vec<&'a str>> {
    let mut came_from: BTreeMap<&str, &str> = BTreeMap::new();
    let mut seen = BTreeSet::new();
    let mut next = VecDeque::from([start]);
    while let Some(file) = next.pop_front() {
        for used in edges.get(file).into_iter().flat_map(BTreeMap::keys).copied() {
            if used == start {
                return Some(way(&came_from, file));
            }
            if seen.insert(used) {
                came_from.insert(used, file);
                next.push_back(used);
            }
        }
    }
    None
}

fn way<'a>(came_from: &BTreeMap<&'a str, &'a str>, last: &'a str) -> Vec<&'a str> {
    let mut way = Vec::new();
    let mut file = last;
    while let Some(before) = came_from.get(file) {
        way.push(file);
        file = before;
    }
    way.reverse();
    way
}

fn finding(edges: &Edges<'_>, start: &str, circle: &[&str]) -> Finding {
    let line = |from, to| edges.get(from).and_then(|used| used.get(to)).copied().unwrap_or(1);
    let files = [&[start], circle, &[start]].concat();
    let lines: Vec<usize> =
        files.iter().zip(files.iter().skip(1)).map(|(from, to)| line(*from, *to)).collect();
    let steps: Vec<String> =
        files.iter().zip(&lines).map(|(from, line)| format!("{from} (line {line}) -> ")).collect();
    let wrong = format!("a cycle of files: {}{start}", steps.concat());
    let first = lines.first().copied().unwrap_or(1);
    Finding::new(start, first, wrong, "move what both need to a file below them")
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
    fn a_cycle_is_shown_with_its_lines() {
        let found = findings(&[
            ("lib.rs", "mod a; mod b; mod c;"),
            ("a.rs", "\nuse crate::b::B; pub struct A;"),
            ("b.rs", "use crate::c::C; pub struct B;"),
            ("c.rs", "\n\npub struct C(super::a::A);"),
        ]);
        let cycle = "a.rs:2: a cycle of files: a.rs (line 2) -> b.rs (line 1) -> c.rs (line 3) \
            -> a.rs; move what both need to a file below them";
        assert_eq!(found, [cycle]);
    }

    #[test]
    fn files_that_lead_down_are_no_cycle() {
        let found = findings(&[
            ("lib.rs", "mod a; mod b; mod c; pub use a::A;"),
            ("a.rs", "use crate::{b::B, c::C}; pub struct A;"),
            ("b.rs", "use crate::c::C; pub struct B;"),
            ("c.rs", "pub struct C; #[cfg(test)] mod tests { use crate::A; }"),
        ]);
        assert_eq!(found, [""; 0]);
    }

    #[test]
    fn a_table_of_contents_hides_no_cycle() {
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
