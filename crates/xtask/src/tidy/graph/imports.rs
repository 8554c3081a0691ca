//! The imports of a module: the names that its `use` lines bring into scope, and their paths.

use syn::{ItemUse, UseTree};

/// One name, or one `*`, of a `use` line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Import {
    pub(crate) path: Vec<String>,
    /// The name in scope, or `None` for a glob import.
    pub(crate) name: Option<String>,
}

/// Returns the imports of a `use` line. Returns no imports for a line that starts with `::`, which
/// names another crate.
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

/// Creates the import of one name. For `a::{self}` the path is `a`.
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
    fn each_import_has_its_name_in_scope() {
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
