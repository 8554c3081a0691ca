//! The attributes, the visibility and the name of an item, whatever its kind.

use syn::{Attribute, Ident, Item, Visibility};

/// The start of an item's declaration. A part is absent if the item has none, or if `syn` does not
/// know the kind of the item.
#[derive(Default)]
pub(crate) struct ItemHead<'a> {
    pub(crate) attributes: &'a [Attribute],
    pub(crate) visibility: Option<&'a Visibility>,
    pub(crate) name: Option<&'a Ident>,
}

impl<'a> ItemHead<'a> {
    pub(crate) fn of(item: &'a Item) -> Self {
        let (attributes, visibility, name) = match item {
            Item::Const(item) => (&item.attrs, Some(&item.vis), Some(&item.ident)),
            Item::Enum(item) => (&item.attrs, Some(&item.vis), Some(&item.ident)),
            Item::ExternCrate(item) => (&item.attrs, Some(&item.vis), None),
            Item::Fn(item) => (&item.attrs, Some(&item.vis), Some(&item.sig.ident)),
            Item::ForeignMod(item) => (&item.attrs, None, None),
            Item::Impl(item) => (&item.attrs, None, None),
            Item::Macro(item) => (&item.attrs, None, item.ident.as_ref()),
            Item::Mod(item) => (&item.attrs, Some(&item.vis), Some(&item.ident)),
            Item::Static(item) => (&item.attrs, Some(&item.vis), Some(&item.ident)),
            Item::Struct(item) => (&item.attrs, Some(&item.vis), Some(&item.ident)),
            Item::Trait(item) => (&item.attrs, Some(&item.vis), Some(&item.ident)),
            Item::TraitAlias(item) => (&item.attrs, Some(&item.vis), Some(&item.ident)),
            Item::Type(item) => (&item.attrs, Some(&item.vis), Some(&item.ident)),
            Item::Union(item) => (&item.attrs, Some(&item.vis), Some(&item.ident)),
            Item::Use(item) => (&item.attrs, Some(&item.vis), None),
            _ => return Self::default(),
        };
        Self { attributes, visibility, name }
    }

    /// Returns whether the item is compiled for tests only.
    pub(crate) fn is_for_tests(&self) -> bool {
        is_for_tests(self.attributes)
    }
}

/// Returns whether the attributes contain `#[test]`, `#[cfg(test)]` or `#[cfg(all(test, …))]`.
pub(crate) fn is_for_tests(attributes: &[Attribute]) -> bool {
    attributes.iter().any(|attribute| {
        let path = attribute.path();
        path.is_ident("test") || (path.is_ident("cfg") && requires_test(attribute))
    })
}

/// Returns whether the condition of a `cfg` attribute requires `test`.
fn requires_test(attribute: &Attribute) -> bool {
    let mut is_required = false;
    let parsed = attribute.parse_nested_meta(|meta| {
        if meta.path.is_ident("all") {
            return meta.parse_nested_meta(|meta| {
                is_required |= meta.path.is_ident("test");
                skip(&meta)
            });
        }
        is_required |= meta.path.is_ident("test");
        skip(&meta)
    });
    parsed.is_ok() && is_required
}

/// Skips the `= value` or `(…)` of another condition.
fn skip(meta: &syn::meta::ParseNestedMeta<'_>) -> syn::Result<()> {
    if meta.input.peek(syn::token::Paren) {
        meta.input.parse::<proc_macro2::Group>()?;
    } else if let Ok(value) = meta.value() {
        value.parse::<syn::Lit>()?;
    }
    Ok(())
}
