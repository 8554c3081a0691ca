//! What the `use` lines of a module bring into it, by the name it has there.

use syn::{ItemUse, UseTree};

/// One name or one `*` of a `use` line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Import {
    pub(crate) path: Vec<String>,
    /// Its name in the module; none for all names of the path.
    pub(crate) name: Option<String>,
}

/// The names a `use` line brings in; none if it starts with `::`, which is another crate.
pub(crate) fn imports(item: &ItemUse) -> Vec<Import> {
    let mut found = Vec::new();
    if item.leading_colon.is_none() {
        collect(&item.tree, &mut Vec::new(), &mut found);
    }
    found
}

fn collect(tree: &UseTree, prefix: &mut Vec<String>, found: &mut Vec<Import>) {
    match tree {
        UseTree::Path(path) => {
            prefix.push(path.ident.to_string());
            collect(&path.tree, prefix, found);
            prefix.pop();
        }
        UseTree::Group(group) => {
            for tree in &group.items {
                collect(tree, prefix, found);
            }
        }
        UseTree::Glob(_) => found.push(Import { path: prefix.clone(), name: None }),
        UseTree::Name(name) => found.push(named(prefix, &name.ident.to_string(), None)),
        UseTree::Rename(name) => {
            found.push(named(prefix, &name.ident.to_string(), Some(name.rename.to_string())));
        }
    }
}

/// In `a::{self}` the last name of the path is that before `self`.
fn named(prefix: &[String], last: &str, rename: Option<String>) -> Import {
    let mut path = prefix.to_vec();
    if last != "self" || path.is_empty() {
        path.push(last.into());
    }
    let name = rename.or_else(|| path.last().cloned());
    Import { path, name }
}

#[cfg(test)]
mod tests {
    use super::imports;

    fn check(line: &str, expected: &[(&str, Option<&str>)]) {
        let imports = imports(&syn::parse_str(line).unwrap());
        let found: Vec<_> =
            imports.iter().map(|import| (import.path.join("::"), import.name.as_deref())).collect();
        let found: Vec<_> = found.iter().map(|(path, name)| (path.as_str(), *name)).collect();
        assert_eq!(found, expected, "{line}");
    }

    #[test]
    fn names_are_those_in_the_module() {
        check("use crate::a::B;", &[("crate::a::B", Some("B"))]);
        check("pub use a::B as C;", &[("a::B", Some("C"))]);
        check("use a::*;", &[("a", None)]);
        check(
            "use a::{self, B, c::{D}};",
            &[("a", Some("a")), ("a::B", Some("B")), ("a::c::D", Some("D"))],
        );
        check("use ::a::B;", &[]);
    }
}
