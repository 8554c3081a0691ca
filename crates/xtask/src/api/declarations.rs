//! The declarations of the public items of a crate, without bodies and docs.

use std::collections::BTreeSet;

use quote::{ToTokens, quote};
use syn::visit_mut::VisitMut;
use syn::{Attribute, Block, Fields, ImplItem, Item, ItemImpl, ItemMod, Type, Visibility};

use crate::tidy::{ItemHead, Source};

/// Returns the declarations of all public items and of their `impl`s, sorted by name, each on one
/// line with an empty line after it.
pub(crate) fn declarations<'a>(sources: impl Iterator<Item = &'a Source>) -> String {
    let sources: Vec<&Source> = sources.collect();
    let mut items = Vec::new();
    for source in &sources {
        collect(&source.file().items, &mut items);
    }
    let names: BTreeSet<String> = items.iter().copied().filter_map(public_name).collect();
    let mut lines = BTreeSet::new();
    for item in items {
        match item {
            Item::Impl(item) => {
                if let Some((name, declaration)) = implementation(item, &names) {
                    lines.insert((name, 1, declaration));
                }
            }
            item => {
                if let Some(name) = public_name(item) {
                    lines.insert((name, 0, declaration(item)));
                }
            }
        }
    }
    lines.into_iter().map(|(_, _, declaration)| declaration + "\n\n").collect()
}

/// Collects the items of a file and of its inline modules, without items for tests.
fn collect<'a>(items: &'a [Item], found: &mut Vec<&'a Item>) {
    for item in items.iter().filter(|item| !ItemHead::of(item).is_for_tests()) {
        match item {
            Item::Mod(ItemMod { content: Some((_, items)), .. }) => collect(items, found),
            item => found.push(item),
        }
    }
}

/// Returns the name of an item, or `None` if the item is not public or is hidden from the docs. The
/// name of a `pub use` is `~` and its path, so that re-exports are sorted after all other items.
fn public_name(item: &Item) -> Option<String> {
    let ItemHead { attributes, visibility, name } = ItemHead::of(item);
    if !is_public(visibility?) || attributes.iter().any(is_doc_hidden) {
        return None;
    }
    match item {
        Item::Use(item) => Some(format!("~{}", item.tree.to_token_stream())),
        _ => name.map(ToString::to_string),
    }
}

/// Returns the declaration of a public item that is not an `impl`.
fn declaration(item: &Item) -> String {
    let mut item = item.clone();
    Interface.visit_item_mut(&mut item);
    let tokens = match item {
        Item::Fn(item) => {
            let (attributes, visibility, signature) = (&item.attrs, &item.vis, &item.sig);
            quote!(#(#attributes)* #visibility #signature;)
        }
        Item::Struct(mut item) => {
            keep_public_fields(&mut item.fields);
            item.into_token_stream()
        }
        Item::Const(item) => {
            let (attributes, name, kind) = (&item.attrs, &item.ident, &item.ty);
            quote!(#(#attributes)* pub const #name: #kind;)
        }
        item => item.into_token_stream(),
    };
    tokens.to_string()
}

/// Returns the name of the type and the declaration of an `impl`: its public members or, for a
/// trait, only its header. Returns `None` if there is no public member, or if the type, or the
/// trait of a blanket `impl`, is not public.
fn implementation(item: &ItemImpl, names: &BTreeSet<String>) -> Option<(String, String)> {
    let name = type_name(&item.self_ty);
    let is_generic = item.generics.type_params().any(|param| Some(param.ident.to_string()) == name);
    let name = name.filter(|name| names.contains(name) || (is_generic && item.trait_.is_some()))?;
    let mut item = item.clone();
    item.items.retain(|member| match member {
        ImplItem::Fn(function) => !function.attrs.iter().any(is_doc_hidden),
        _ => true,
    });
    Interface.visit_item_impl_mut(&mut item);
    if let Some((path, _)) = &item.trait_ {
        let of_ours =
            path.segments.last().is_some_and(|last| names.contains(&last.ident.to_string()));
        if is_generic && !of_ours {
            return None;
        }
        item.items.clear();
        return Some((name, item.into_token_stream().to_string()));
    }
    let members: Vec<_> = item
        .items
        .iter()
        .filter_map(|member| match member {
            ImplItem::Fn(function) if is_public(&function.vis) => {
                let (visibility, signature) = (&function.vis, &function.sig);
                Some(quote!(#visibility #signature;))
            }
            ImplItem::Const(constant) if is_public(&constant.vis) => {
                let (name, kind) = (&constant.ident, &constant.ty);
                Some(quote!(pub const #name: #kind;))
            }
            _ => None,
        })
        .collect();
    let (attributes, generics, kind) = (&item.attrs, &item.generics, &item.self_ty);
    let conditions = &item.generics.where_clause;
    let text = quote!(#(#attributes)* impl #generics #kind #conditions { #(#members)* });
    (!members.is_empty()).then(|| (name, text.to_string()))
}

/// Returns the last name in the path of a type, or `None` if the type has no path.
fn type_name(kind: &Type) -> Option<String> {
    match kind {
        Type::Path(path) => path.path.segments.last().map(|last| last.ident.to_string()),
        Type::Reference(reference) => type_name(&reference.elem),
        _ => None,
    }
}

fn keep_public_fields(fields: &mut Fields) {
    let keep = |field: &syn::Field| is_public(&field.vis);
    match fields {
        Fields::Named(named) => {
            named.named = std::mem::take(&mut named.named).into_iter().filter(keep).collect();
        }
        Fields::Unnamed(unnamed) => {
            let fields = std::mem::take(&mut unnamed.unnamed);
            unnamed.unnamed = fields.into_iter().filter(keep).collect();
        }
        Fields::Unit => {}
    }
}

/// Reduces items to their interface: keeps only the attributes that belong to it, and empties the
/// bodies of functions, so that an empty body in a trait marks a default.
struct Interface;

impl VisitMut for Interface {
    fn visit_attributes_mut(&mut self, attributes: &mut Vec<Attribute>) {
        attributes.retain(|attribute| {
            ["cfg", "derive", "non_exhaustive", "deprecated"]
                .iter()
                .any(|name| attribute.path().is_ident(name))
        });
    }

    fn visit_block_mut(&mut self, block: &mut Block) {
        block.stmts.clear();
    }
}

fn is_public(visibility: &Visibility) -> bool {
    matches!(visibility, Visibility::Public(_))
}

fn is_doc_hidden(attribute: &Attribute) -> bool {
    attribute.path().is_ident("doc")
        && attribute.meta.to_token_stream().to_string().contains("hidden")
}

#[cfg(test)]
mod tests {
    use super::declarations;
    use crate::tidy::Source;

    fn lines(text: &str) -> Vec<String> {
        let source = Source::parse("src/a.rs", text).unwrap();
        let text = declarations([&source].into_iter());
        text.lines().filter(|line| !line.is_empty()).map(|line| line.replace(' ', "")).collect()
    }

    #[test]
    fn only_public_items_are_recorded() {
        let found = lines(
            "/// Docs.\n#[derive(Clone)] pub struct B { pub a: u8, b: u16 }
            pub(crate) struct Own; impl Own { pub fn a() {} }
            impl B { /// Docs.\npub fn c(&self) -> u8 { self.a } fn d() {} #[doc(hidden)] pub fn e() {} }
            impl Drop for B { fn drop(&mut self) {} }
            #[doc(hidden)] pub fn hidden() {}
            pub trait A { fn a(&self); fn b(&self) { self.a() } }
            pub use self::x::Y;
            #[cfg(test)] mod tests { pub fn t() {} }",
        );
        let expected = [
            "pubtraitA{fna(&self);fnb(&self){}}",
            "#[derive(Clone)]pubstructB{puba:u8}",
            "implB{pubfnc(&self)->u8;}",
            "implDropforB{}",
            "pubuseself::x::Y;",
        ];
        assert_eq!(found, expected);
    }

    #[test]
    fn the_order_of_items_does_not_matter() {
        assert_eq!(lines("pub fn a() {} pub fn b() {}"), lines("pub fn b() {} pub fn a() {}"));
    }
}
