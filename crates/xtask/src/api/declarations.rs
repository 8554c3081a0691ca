//! Declarations of the public items of a crate, without bodies and docs.

use std::collections::BTreeSet;

use quote::{ToTokens, quote};
use syn::{
    Attribute, Fields, ImplItem, ImplItemFn, Item, ItemImpl, ItemMod, TraitItem, Type, Visibility,
};

use crate::tidy::{Source, attributes, is_for_tests};

/// Returns the declarations of all public items, sorted by name; each is one line.
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
                if let (Some(name), Some(declaration)) = (public_name(item), declaration(item)) {
                    lines.insert((name, 0, declaration));
                }
            }
        }
    }
    lines.into_iter().map(|(_, _, declaration)| declaration + "\n\n").collect()
}

/// Collects the items of a file, of its inline modules too, without those that are for tests.
fn collect<'a>(items: &'a [Item], found: &mut Vec<&'a Item>) {
    for item in items.iter().filter(|item| !is_for_tests(attributes(item))) {
        match item {
            Item::Mod(ItemMod { content: Some((_, items)), .. }) => collect(items, found),
            item => found.push(item),
        }
    }
}

/// Returns the name of a public item; for `pub use`, its text.
fn public_name(item: &Item) -> Option<String> {
    let (visibility, name) = match item {
        Item::Const(item) => (&item.vis, item.ident.to_string()),
        Item::Enum(item) => (&item.vis, item.ident.to_string()),
        Item::Fn(item) => (&item.vis, item.sig.ident.to_string()),
        Item::Mod(item) => (&item.vis, item.ident.to_string()),
        Item::Static(item) => (&item.vis, item.ident.to_string()),
        Item::Struct(item) => (&item.vis, item.ident.to_string()),
        Item::Trait(item) => (&item.vis, item.ident.to_string()),
        Item::Type(item) => (&item.vis, item.ident.to_string()),
        Item::Union(item) => (&item.vis, item.ident.to_string()),
        // After all names, in one block.
        Item::Use(item) => (&item.vis, format!("~{}", item.tree.to_token_stream())),
        _ => return None,
    };
    let is_hidden = attributes(item).iter().any(is_doc_hidden);
    (matches!(visibility, Visibility::Public(_)) && !is_hidden).then_some(name)
}

fn declaration(item: &Item) -> Option<String> {
    let mut item = item.clone();
    keep_attributes(attributes_mut(&mut item)?);
    let tokens = match item {
        Item::Fn(item) => {
            let (attributes, visibility, signature) = (&item.attrs, &item.vis, &item.sig);
            quote!(#(#attributes)* #visibility #signature;)
        }
        Item::Struct(mut item) => {
            keep_public_fields(&mut item.fields);
            item.into_token_stream()
        }
        Item::Enum(mut item) => {
            for variant in &mut item.variants {
                keep_attributes(&mut variant.attrs);
                variant.fields.iter_mut().for_each(|field| keep_attributes(&mut field.attrs));
            }
            item.into_token_stream()
        }
        Item::Trait(mut item) => {
            item.items.iter_mut().for_each(keep_signature);
            item.into_token_stream()
        }
        Item::Const(item) => {
            let (attributes, name, kind) = (&item.attrs, &item.ident, &item.ty);
            quote!(#(#attributes)* pub const #name: #kind;)
        }
        item => item.into_token_stream(),
    };
    Some(tokens.to_string())
}

/// Returns the name of the type and the public part of an `impl` of a public type.
fn implementation(item: &ItemImpl, names: &BTreeSet<String>) -> Option<(String, String)> {
    let name = type_name(&item.self_ty);
    let is_generic = item.generics.type_params().any(|param| Some(param.ident.to_string()) == name);
    let name = name.filter(|name| names.contains(name) || (is_generic && item.trait_.is_some()))?;
    let mut item = item.clone();
    keep_attributes(&mut item.attrs);
    if let Some((path, _)) = &item.trait_ {
        let of_ours =
            path.segments.last().is_some_and(|last| names.contains(&last.ident.to_string()));
        if is_generic && !of_ours {
            return None;
        }
        item.items.clear();
        return Some((name, item.into_token_stream().to_string()));
    }
    let is_public = |function: &ImplItemFn| {
        matches!(function.vis, Visibility::Public(_)) && !function.attrs.iter().any(is_doc_hidden)
    };
    let members: Vec<_> = item
        .items
        .iter()
        .filter_map(|member| match member {
            ImplItem::Fn(function) if is_public(function) => {
                let (visibility, signature) = (&function.vis, &function.sig);
                Some(quote!(#visibility #signature;))
            }
            ImplItem::Const(constant) if matches!(constant.vis, Visibility::Public(_)) => {
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

fn type_name(kind: &Type) -> Option<String> {
    match kind {
        Type::Path(path) => path.path.segments.last().map(|last| last.ident.to_string()),
        Type::Reference(reference) => type_name(&reference.elem),
        _ => None,
    }
}

fn keep_public_fields(fields: &mut Fields) {
    let keep = |field: &syn::Field| matches!(field.vis, Visibility::Public(_));
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
    fields.iter_mut().for_each(|field| keep_attributes(&mut field.attrs));
}

fn keep_signature(item: &mut TraitItem) {
    match item {
        TraitItem::Fn(function) => {
            keep_attributes(&mut function.attrs);
            if function.default.take().is_some() {
                function.semi_token = None;
                // An empty body says that there is a default.
                function.default = syn::parse_str("{}").ok();
            }
        }
        TraitItem::Type(item) => keep_attributes(&mut item.attrs),
        TraitItem::Const(item) => keep_attributes(&mut item.attrs),
        _ => {}
    }
}

/// Keeps the attributes that are part of an interface.
fn keep_attributes(attributes: &mut Vec<Attribute>) {
    attributes.retain(|attribute| {
        ["cfg", "derive", "non_exhaustive", "deprecated"]
            .iter()
            .any(|name| attribute.path().is_ident(name))
    });
}

fn is_doc_hidden(attribute: &Attribute) -> bool {
    attribute.path().is_ident("doc")
        && attribute.meta.to_token_stream().to_string().contains("hidden")
}

fn attributes_mut(item: &mut Item) -> Option<&mut Vec<Attribute>> {
    Some(match item {
        Item::Const(item) => &mut item.attrs,
        Item::Enum(item) => &mut item.attrs,
        Item::Fn(item) => &mut item.attrs,
        Item::Mod(item) => &mut item.attrs,
        Item::Static(item) => &mut item.attrs,
        Item::Struct(item) => &mut item.attrs,
        Item::Trait(item) => &mut item.attrs,
        Item::Type(item) => &mut item.attrs,
        Item::Union(item) => &mut item.attrs,
        Item::Use(item) => &mut item.attrs,
        _ => return None,
    })
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
    fn only_what_users_see_is_recorded() {
        let found = lines(
            "/// Docs.\n#[derive(Clone)] pub struct B { pub a: u8, b: u16 }
            pub(crate) struct Own; impl Own { pub fn a() {} }
            impl B { /// Docs.\npub fn c(&self) -> u8 { self.a } fn d() {} }
            impl Drop for B { fn drop(&mut self) {} }
            #[doc(hidden)] pub fn hidden() {}
            pub trait A { fn a(&self); fn b(&self) { } }
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
