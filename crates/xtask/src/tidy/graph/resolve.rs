//! Resolves a path in a module to the file that defines its item.

use super::tree::{ModulePath, Tree};
use crate::tidy::source::Source;

/// The target of a path.
pub(crate) enum Target<'a> {
    /// The file that defines the item.
    Item(&'a Source),
    Module(ModulePath),
    /// Another crate, or an item that the source text does not show.
    Elsewhere,
}

/// The maximum number of `use` lines that are followed to an item, since `use` lines can form a
/// cycle.
const STEPS: u8 = 16;

/// Resolves `path` as it is written in the module `from`.
pub(crate) fn resolve<'a>(tree: &Tree<'a>, from: &[String], path: &[String]) -> Target<'a> {
    Search { tree, steps: STEPS }.start(from, path)
}

#[derive(Clone, Copy)]
struct Search<'t, 'a> {
    tree: &'t Tree<'a>,
    steps: u8,
}

impl<'a> Search<'_, 'a> {
    /// Resolves a path whose first name is the crate, or a name in scope of the module `from`.
    fn start(self, from: &[String], path: &[String]) -> Target<'a> {
        let Some(steps) = self.steps.checked_sub(1) else {
            return Target::Elsewhere;
        };
        let search = Self { steps, ..self };
        match path.split_first() {
            Some((first, rest))
                if first == "crate" || Some(first) == self.tree.own_name.as_ref() =>
            {
                search.walk(&[], rest)
            }
            Some((first, _)) if self.is_in_scope(from, first) => search.walk(from, path),
            _ => Target::Elsewhere,
        }
    }

    fn is_in_scope(self, from: &[String], name: &str) -> bool {
        matches!(name, "self" | "super")
            || self.tree.modules.contains_key(&child(from, name))
            || self.tree.modules.get(from).is_some_and(|module| {
                module.items.contains(name) || module.imports.contains_key(name)
            })
    }

    /// Resolves a path relative to the module `at`.
    fn walk(self, at: &[String], path: &[String]) -> Target<'a> {
        let Some((name, rest)) = path.split_first() else {
            return Target::Module(at.into());
        };
        let below = child(at, name);
        match name.as_str() {
            "self" => return self.walk(at, rest),
            "super" => {
                return at.split_last().map_or(Target::Elsewhere, |(_, up)| self.walk(up, rest));
            }
            _ if self.tree.modules.contains_key(&below) => return self.walk(&below, rest),
            _ => {}
        }
        let Some(module) = self.tree.modules.get(at) else {
            return Target::Elsewhere;
        };
        if module.items.contains(name) {
            return Target::Item(module.source);
        }
        if let Some(import) = module.imports.get(name) {
            return self.start(at, &[import, rest].concat());
        }
        let in_globs = module.globs.iter().map(|glob| self.through(at, glob, path));
        if let Some(found) = in_globs.into_iter().find(|found| !matches!(found, Target::Elsewhere))
        {
            return found;
        }
        match self.tree.macros.get(name) {
            Some(source) if at.is_empty() => Target::Item(source),
            // Below the root, a macro call may define the item. The root only re-exports items.
            _ if at.is_empty() => Target::Elsewhere,
            _ => Target::Item(module.source),
        }
    }

    /// Resolves a path through a glob import of the module `at`.
    fn through(self, at: &[String], glob: &[String], path: &[String]) -> Target<'a> {
        match self.start(at, glob) {
            Target::Module(module) if self.offers(&module, path) => self.walk(&module, path),
            _ => Target::Elsewhere,
        }
    }

    /// Returns whether a glob import of `module` brings the first name of `path` into scope.
    fn offers(self, module: &[String], path: &[String]) -> bool {
        path.first().is_some_and(|name| {
            !matches!(name.as_str(), "self" | "super") && self.is_in_scope(module, name)
        })
    }
}

fn child(path: &[String], name: &str) -> ModulePath {
    let mut path = path.to_vec();
    path.push(name.into());
    path
}

#[cfg(test)]
mod tests {
    use super::{Target, resolve};
    use crate::tidy::graph::tree::Tree;
    use crate::tidy::sources::Sources;

    const FILES: [(&str, &str); 5] = [
        (
            "src/lib.rs",
            "extern crate self as own; mod a; mod d; pub use a::{B, c::C as Renamed}; pub use d::*;
            use http::Method; pub use e::f; use f as e;",
        ),
        ("src/a/mod.rs", "pub mod c; pub mod b; pub use b::B;"),
        (
            "src/a/b.rs",
            "pub struct B; define!(Hidden); #[macro_export] macro_rules! m { () => {} }",
        ),
        ("src/a/c.rs", "pub enum C { One } use crate::d; pub mod deep { pub struct Low; }"),
        ("src/d.rs", "pub struct D;"),
    ];

    fn check(from: &str, path: &str, expected: &str) {
        let sources = Sources::of(&FILES);
        let tree = Tree::grow(&sources, "src/lib.rs");
        let split = |text: &str| -> Vec<String> {
            text.split("::").filter(|name| !name.is_empty()).map(Into::into).collect()
        };
        let found = match resolve(&tree, &split(from), &split(path)) {
            Target::Item(source) => source.path().into(),
            Target::Module(path) => path.join("::"),
            Target::Elsewhere => "elsewhere".into(),
        };
        assert_eq!(found, expected, "{path} in {from}");
    }

    #[test]
    fn a_path_leads_to_the_defining_file() {
        check("d", "crate::a::b::B", "src/a/b.rs");
        check("d", "own::a::b::B", "src/a/b.rs");
        check("a::b", "super::c::C::One", "src/a/c.rs");
        check("a", "self::b", "a::b");
        check("a::c::deep", "super::super::b::B", "src/a/b.rs");
        check("a::b", "crate::a::c::deep::Low", "src/a/c.rs");
    }

    #[test]
    fn reexports_are_followed() {
        check("d", "crate::B", "src/a/b.rs");
        check("d", "crate::a::B", "src/a/b.rs");
        check("d", "crate::Renamed::One", "src/a/c.rs");
        check("a::b", "crate::D", "src/d.rs");
        check("a::c", "d::D", "src/d.rs");
        check("d", "crate::m", "src/a/b.rs");
    }

    #[test]
    fn an_item_defined_by_a_macro_is_in_the_file_of_the_macro_call() {
        check("d", "crate::a::b::Hidden", "src/a/b.rs");
    }

    #[test]
    fn other_crates_and_circular_imports_lead_elsewhere() {
        check("d", "crate::Method", "elsewhere");
        check("d", "http::Method", "elsewhere");
        check("d", "crate::f", "elsewhere");
        check("d", "super::super::a", "elsewhere");
    }
}
