//! The source of each field on a route, for generated documents.

use http::HeaderName;

use super::plan::{BindingPlan, Origin, Rest};

/// The source of one field of a request type on one route.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct FieldSource<'p> {
    /// The serde name of the field.
    pub name: &'p str,
    /// The source of the value: a part of the request, or a claim.
    pub place: FieldPlace,
    /// Whether binding fails if the field is absent.
    pub is_required: bool,
    /// Whether the value is a list or an object. In a query or a form, each nested value can be
    /// sent under a separate name, such as `items[0].price`.
    pub has_parts: bool,
}

/// The source of the value of a field: a part of the request, or a claim.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum FieldPlace {
    /// The route parameter with the name of the field.
    Route,
    /// The query string.
    Query,
    /// The header with this name.
    Header(HeaderName),
    /// The cookie with the name of the field.
    Cookie,
    /// A claim of the authenticated identity, which is not part of the request.
    Claim,
    /// The whole body.
    WholeBody,
    /// A field of the body.
    Body,
}

impl BindingPlan {
    /// Returns the source of each route parameter and of each field that the schema lists. Route
    /// parameters and fields with a [`from`](super::from) type come first. Fields that are nested
    /// in a field that takes the whole body are not included.
    pub fn field_sources(&self) -> impl Iterator<Item = FieldSource<'_>> {
        let sourced = self.sourced.iter().map(|field| FieldSource {
            name: &field.name,
            place: place(&field.origin),
            is_required: field.is_needed(),
            has_parts: field.kind.has_parts(),
        });
        let rest = match self.rest {
            Rest::Query => Some(FieldPlace::Query),
            Rest::Body => Some(FieldPlace::Body),
            // The other fields, if any, are nested in the field that takes the whole body.
            Rest::Nothing => None,
        };
        let others = rest.into_iter().flat_map(|place| {
            self.others.iter().map(move |field| FieldSource {
                name: &field.name,
                place: place.clone(),
                is_required: field.is_required,
                has_parts: field.kind.has_parts(),
            })
        });
        sourced.chain(others)
    }
}

fn place(origin: &Origin) -> FieldPlace {
    match origin {
        Origin::Route(_) => FieldPlace::Route,
        Origin::Query => FieldPlace::Query,
        Origin::Header(name) => FieldPlace::Header(name.clone()),
        Origin::Cookie => FieldPlace::Cookie,
        Origin::Claim => FieldPlace::Claim,
        Origin::Form | Origin::Body => FieldPlace::WholeBody,
    }
}
