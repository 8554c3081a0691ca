//! The tree of the modules of one crate, built from its root file along the `mod` lines, without
//! tests.

use std::collections::{BTreeMap, BTreeSet};

use quote::ToTokens;
use syn::{Attribute, Expr, Item, ItemMod, Lit, Meta};

use super::imports::imports;
use super::mentions::{Mention, mentions};
use crate::tidy::item_head::ItemHead;
use crate::tidy::source::Source;
use crate::tidy::sources::Sources;

/// The names on the path from the root of the crate to a module; empty for the root.
pub(crate) type ModulePath = Vec<String>;

/// The contents of one module, which is a file or an inline module.
pub(crate) struct Module<'a> {
    pub(crate) source: &'a Source,
    /// The imported names and their paths.
    pub(crate) imports: BTreeMap<String, Vec<String>>,
    /// The paths of glob imports.
    pub(crate) globs: Vec<Vec<String>>,
    /// The names of the items defined in the module.
    pub(crate) items: BTreeSet<String>,
    pub(crate) mentions: Vec<Mention>,
}

/// All modules of one crate.
#[derive(Default)]
pub(crate) struct Tree<'a> {
    pub(crate) modules: BTreeMap<ModulePath, Module<'a>>,
    /// The macros with `#[macro_export]`, which belong to the root, and the files that define them.
    pub(crate) macros: BTreeMap<String, &'a Source>,
    /// The name of the crate in its own paths (`extern crate self as …`), or `None` if unset.
    pub(crate) own_name: Option<String>,
}

/// A module to be read: its path, its file, and the folder of its child modules.
struct Place<'a> {
    path: ModulePath,
    source: &'a Source,
    folder: String,
}

impl<'a> Tree<'a> {
    /// Builds the tree from the root file. If that file does not exist, the tree is empty.
    pub(crate) fn grow(sources: &'a Sources, root: &str) -> Self {
        let mut tree = Self::default();
        if let Some(source) = sources.find(root) {
            let folder = folder(root).into();
            let place = Place { path: Vec::new(), source, folder };
            tree.add(sources, place, &source.file().items);
        }
        tree
    }

    fn add(&mut self, sources: &'a Sources, place: Place<'a>, items: &'a [Item]) {
        let mut module = Module {
            source: place.source,
            imports: BTreeMap::new(),
            globs: Vec::new(),
            items: BTreeSet::new(),
            mentions: Vec::new(),
        };
        for item in items.iter().filter(|item| !ItemHead::of(item).is_for_tests()) {
            if let Item::Mod(child) = item {
                self.add_child(sources, &place, child);
                continue;
            }
            self.record_root_names(item, place.source);
            module.record(item);
        }
        self.modules.insert(place.path, module);
    }

    fn add_child(&mut self, sources: &'a Sources, place: &Place<'a>, child: &'a ItemMod) {
        let name = child.ident.to_string();
        let folder = join(&place.folder, &name);
        let mut path = place.path.clone();
        path.push(name);
        if let Some((_, items)) = &child.content {
            self.add(sources, Place { path, source: place.source, folder }, items);
            return;
        }
        if let Some(source) = file_of(sources, place, child) {
            let is_in_folder = source.stem() == "mod" || path_attribute(&child.attrs).is_some();
            let folder = if is_in_folder { self::folder(source.path()).into() } else { folder };
            self.add(sources, Place { path, source, folder }, &source.file().items);
        }
    }

    /// Records the name of an exported macro or of `extern crate self as …`, which belongs to the
    /// root of the crate even if the item is in another module.
    fn record_root_names(&mut self, item: &Item, source: &'a Source) {
        match item {
            Item::ExternCrate(item) if item.ident == "self" => {
                self.own_name = item.rename.as_ref().map(|(_, name)| name.to_string());
            }
            Item::Macro(item) if is_exported(&item.attrs) => {
                if let Some(name) = &item.ident {
                    self.macros.insert(name.to_string(), source);
                }
            }
            _ => {}
        }
    }
}

impl Module<'_> {
    /// Records the imports, the name and the paths of an item.
    fn record(&mut self, item: &Item) {
        if let Item::Use(item) = item {
            for import in imports(item) {
                match import.name {
                    Some(name) => drop(self.imports.insert(name, import.path)),
                    None => self.globs.push(import.path),
                }
            }
        }
        self.items.extend(ItemHead::of(item).name.map(ToString::to_string));
        let mentions = mentions(item.to_token_stream());
        let is_real = |mention: &Mention| !self.source.is_test_line(mention.line);
        self.mentions.extend(mentions.into_iter().filter(is_real));
    }
}

/// Returns the file of a child module that is declared as `mod child;`, or `None` if the file does
/// not exist.
fn file_of<'a>(sources: &'a Sources, place: &Place<'_>, child: &ItemMod) -> Option<&'a Source> {
    if let Some(path) = path_attribute(&child.attrs) {
        return sources.find(&join(folder(place.source.path()), &path));
    }
    let path = join(&place.folder, &child.ident.to_string());
    sources.find(&format!("{path}.rs")).or_else(|| sources.find(&format!("{path}/mod.rs")))
}

/// Returns the value of `#[path = "…"]`, or `None` if the attribute is absent.
fn path_attribute(attributes: &[Attribute]) -> Option<String> {
    let attribute = attributes.iter().find(|attribute| attribute.path().is_ident("path"))?;
    let Meta::NameValue(meta) = &attribute.meta else {
        return None;
    };
    let Expr::Lit(value) = &meta.value else {
        return None;
    };
    let Lit::Str(value) = &value.lit else {
        return None;
    };
    Some(value.value())
}

fn is_exported(attributes: &[Attribute]) -> bool {
    attributes.iter().any(|attribute| attribute.path().is_ident("macro_export"))
}

fn folder(path: &str) -> &str {
    path.rsplit_once('/').map_or("", |(folder, _)| folder)
}

/// Joins `name` to `folder`, and resolves `.` and `..`.
fn join(folder: &str, name: &str) -> String {
    let mut parts: Vec<&str> = Vec::new();
    for part in folder.split('/').chain(name.split('/')) {
        match part {
            "" | "." => {}
            ".." => drop(parts.pop()),
            _ => parts.push(part),
        }
    }
    parts.join("/")
}

#[cfg(test)]
mod tests {
    use super::Tree;
    use crate::tidy::sources::Sources;

    fn check(files: &[(&str, &str)], expected: &[(&str, &str)]) {
        let sources = Sources::of(files);
        let tree = Tree::grow(&sources, files[0].0);
        let found: Vec<_> = tree
            .modules
            .iter()
            .map(|(path, module)| (path.join("::"), module.source.path()))
            .collect();
        let found: Vec<_> = found.iter().map(|(path, file)| (path.as_str(), *file)).collect();
        assert_eq!(found, expected);
    }

    #[test]
    fn a_module_is_a_file_a_folder_or_inline() {
        check(
            &[
                ("c/src/lib.rs", "mod a; mod b { mod d; }"),
                ("c/src/a.rs", "mod e;"),
                ("c/src/a/e.rs", ""),
                ("c/src/b/d/mod.rs", "mod f;"),
                ("c/src/b/d/f.rs", ""),
            ],
            &[
                ("", "c/src/lib.rs"),
                ("a", "c/src/a.rs"),
                ("a::e", "c/src/a/e.rs"),
                ("b", "c/src/lib.rs"),
                ("b::d", "c/src/b/d/mod.rs"),
                ("b::d::f", "c/src/b/d/f.rs"),
            ],
        );
    }

    #[test]
    fn a_path_attribute_names_the_file_and_tests_are_excluded() {
        check(
            &[
                ("c/tests/wire.rs", "#[path = \"../shared/a.rs\"] mod b; #[cfg(test)] mod d;"),
                ("c/shared/a.rs", ""),
                ("c/tests/d.rs", ""),
            ],
            &[("", "c/tests/wire.rs"), ("b", "c/shared/a.rs")],
        );
    }

    #[test]
    fn exported_macros_and_the_own_name_belong_to_the_root() {
        let sources = Sources::of(&[
            ("src/lib.rs", "extern crate self as c; mod a;"),
            ("src/a.rs", "#[macro_export] macro_rules! b { () => {} } macro_rules! d { () => {} }"),
        ]);
        let tree = Tree::grow(&sources, "src/lib.rs");
        assert_eq!(tree.own_name.as_deref(), Some("c"));
        assert_eq!(tree.macros.keys().collect::<Vec<_>>(), ["b"]);
    }
}
