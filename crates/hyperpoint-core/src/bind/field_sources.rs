//! The source of each field on a route, for generated documents.

use http::HeaderName;

use super::plan::{BindingPlan, Origin, Rest};

/// The source of one field of a request type on one route.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct FieldSource<'p> {
    /// The serde name of the field.
    pub name: &'p str,
    /// The part of the request, or the claim, that the field comes from.
    pub place: FieldPlace,
    /// Whether binding fails without the field.
    pub is_required: bool,
    /// Whether the value is a list or an object, whose parts can have names of their own.
    pub has_parts: bool,
}

/// The part of a request, or the claim, that a field comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum FieldPlace {
    /// The route parameter of its name.
    Route,
    /// The query.
    Query,
    /// This header.
    Header(HeaderName),
    /// The cookie of its name.
    Cookie,
    /// A claim of the user; the request does not contain it.
    Claim,
    /// The whole body.
    WholeBody,
    /// A field of the body.
    Body,
}

impl BindingPlan {
    /// Returns the source of each field that the schema lists. Fields with their own source come first.
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
            // Other fields, if there are any, are fields within the whole body.
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
