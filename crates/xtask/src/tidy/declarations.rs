//! Checks that `mod.rs` and `lib.rs` contain docs, `mod` and `use` only, and no logic.

use syn::spanned::Spanned;
use syn::{Item, ItemMod};

use super::item_head::ItemHead;
use super::source::Source;
use crate::finding::Finding;

/// Returns a finding for the first item of a `mod.rs` or `lib.rs` that is neither `mod` nor `use`,
/// or `None` if there is no such item.
pub(crate) fn check(source: &Source) -> Option<Finding> {
    if !matches!(source.stem(), "mod" | "lib") {
        return None;
    }
    let item = first_logic(&source.file().items)?;
    let line = item.span().start().line;
    let wrong = "`mod.rs` and `lib.rs` may contain only docs, `mod` and `use`, not this item";
    Some(source.finding(line, wrong, "move the item to a file with the name of the item"))
}

/// Returns whether a file contains `mod` and `use` only, so that no path leads to an item in it.
pub(crate) fn is_table_of_contents(source: &Source) -> bool {
    first_logic(&source.file().items).is_none()
}

/// Returns the first item, also of inline modules, that is neither `mod` nor `use`, or `None` if
/// there is no such item.
fn first_logic(items: &[Item]) -> Option<&Item> {
    items.iter().filter(|item| !ItemHead::of(item).is_for_tests()).find_map(|item| match item {
        Item::Use(_) | Item::ExternCrate(_) | Item::Mod(ItemMod { content: None, .. }) => None,
        Item::Mod(ItemMod { content: Some((_, items)), .. }) => first_logic(items),
        _ => Some(item),
    })
}

#[cfg(test)]
mod tests {
    use super::check;
    use crate::tidy::source::Source;

    fn finding(path: &str, text: &str) -> Option<String> {
        check(&Source::parse(path, text).unwrap()).map(|finding| finding.to_string())
    }

    #[test]
    fn a_table_of_contents_has_no_logic() {
        let declarations = "//! Docs.\n#![no_std]\nextern crate std;\nmod a;\npub use a::A;\n\
            pub mod prelude { pub use crate::a::A; }\n#[cfg(test)]\nmod tests { fn a() {} }";
        assert_eq!(finding("src/lib.rs", declarations), None);
        let logic = "//! Docs.\nmod a;\nfn b() {}";
        assert!(finding("src/lib.rs", logic).unwrap().starts_with("src/lib.rs:3: "));
        assert!(finding("src/a/mod.rs", logic).is_some());
        assert!(finding("src/a/mod.rs", "pub mod prelude { struct A; }").is_some());
        assert_eq!(finding("src/main.rs", logic), None);
    }
}
