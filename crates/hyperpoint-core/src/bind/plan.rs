//! The source of each field of a request type on one route.

use http::HeaderName;
use serde_json::Value;

use super::configuration_errors;
use super::from::Source;
use super::plan_for::PlanFor;
use super::schema::{
    Kind, Scalar, SchemaField, SchemaFields, is_object, may_be_array, may_be_null, property,
    schema_fields, with_definitions,
};
use super::shapes::{ShapeId, ShapeReader, Shapes};

const MULTIPART: bool = cfg!(feature = "multipart");

/// The sources of the fields of a request type on one route. Built once, at start-up.
#[derive(Clone, Debug, Default)]
pub struct BindingPlan {
    route_params: Vec<String>,
    /// The route parameters, in the order of the template, then the fields with a
    /// [`from`](super::from) type.
    pub(super) sourced: Vec<PlannedField>,
    /// The fields that the schema lists and that are not in `sourced`. If `rest` is `Nothing` and a
    /// field in `sourced` takes the whole body, the fields of the type of that field instead.
    pub(super) others: Vec<OtherField>,
    /// The source of the fields that are not in `sourced`.
    pub(super) rest: Rest,
    pub(super) body: BodyUse,
    pub(super) empty_body: EmptyBody,
    /// Whether the JSON body may be an array.
    pub(super) takes_array: bool,
    /// Whether any field is of type `from::Query`.
    pub(super) reads_query: bool,
    /// Whether any field is of type `from::Cookie`.
    pub(super) reads_cookies: bool,
    /// The shapes of the fields, or `None` if no field that a query or a form may contain is a list
    /// or an object.
    pub(super) shapes: Option<Shapes>,
}

/// A route parameter, or a field with a [`from`](super::from) type.
#[derive(Clone, Debug)]
pub(super) struct PlannedField {
    pub(super) name: String,
    pub(super) origin: Origin,
    pub(super) kind: Kind,
    /// Whether the schema lists the field as required: serde has no default for it.
    pub(super) is_required: bool,
    pub(super) is_nullable: bool,
    pub(super) shape: Option<ShapeId>,
}

/// The source of a field on one route, with the data that is needed to look up its value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Origin {
    /// The route parameter with this index.
    Route(usize),
    Query,
    Header(HeaderName),
    Cookie,
    Claim,
    Form,
    Body,
}

/// A field that is neither a route parameter nor of a [`from`](super::from) type and shares the
/// query or the body with other fields, or a field of the type that takes the whole body.
#[derive(Clone, Debug)]
pub(super) struct OtherField {
    pub(super) name: String,
    pub(super) kind: Kind,
    /// Whether binding fails if the field is absent.
    pub(super) is_required: bool,
    pub(super) shape: Option<ShapeId>,
}

/// The source of the fields that are neither route parameters nor of a [`from`](super::from) type.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Rest {
    #[default]
    Nothing,
    Query,
    Body,
}

/// The use of the body: unread, or the formats that binding accepts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum BodyUse {
    #[default]
    Unread,
    Json,
    Form,
    JsonOrForm,
    /// A form with files: only `multipart/form-data`.
    Files,
}

/// The meaning of an empty body.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum EmptyBody {
    /// The body counts as missing, or the field that takes the whole body as absent.
    #[default]
    Missing,
    /// An object without fields.
    Object,
    /// The value null.
    Null,
}

impl BindingPlan {
    /// Creates the plan, and returns it with its configuration errors, one message each.
    #[must_use]
    pub fn new(on: PlanFor<'_>) -> (Self, Vec<String>) {
        let bare = Self { route_params: on.params.to_vec(), ..Self::default() };
        let Some(schema) = on.schema else {
            return (bare, Vec::new());
        };
        let is_query = on.reads_query();
        let Some(fields) = schema_fields(schema) else {
            let plan = match is_query {
                true => Self { rest: Rest::Query, ..bare },
                false => Self { rest: Rest::Body, body: BodyUse::Json, ..bare }.with_body(schema),
            };
            return (plan, configuration_errors::of_no_object(schema, on.params, is_query));
        };
        let errors = configuration_errors::of_fields(&fields, schema, on);
        (bare.with_fields(&fields, schema, is_query), errors)
    }

    fn with_fields(mut self, fields: &SchemaFields, schema: &Value, is_query: bool) -> Self {
        for (index, param) in self.route_params.iter().enumerate() {
            // A type whose schema does not list its fields may have a field of any name.
            let listed = fields.list.iter().find(|field| field.name == *param);
            let kind = listed.map(|field| field.kind).unwrap_or_default();
            let name = param.clone();
            let origin = Origin::Route(index);
            self.sourced.push(PlannedField {
                name,
                origin,
                kind,
                is_required: true,
                is_nullable: false,
                shape: None,
            });
        }
        let mut shapes = ShapeReader::new(schema);
        for field in &fields.list {
            if self.route_params.contains(&field.name) {
                continue;
            }
            let shape = shapes.add_field(schema, &field.name);
            match field.source.and_then(|source| origin(source, &field.name)) {
                Some(origin) => self.sourced.push(planned(field, origin, shape)),
                None => self.others.push(other(field, shape)),
            }
        }
        let whole = self.whole_body().map(|field| (field.origin.clone(), field.name.clone()));
        self.rest = match (is_query, &whole) {
            _ if self.others.is_empty() && !fields.is_open => Rest::Nothing,
            (true, _) => Rest::Query,
            (false, None) => Rest::Body,
            (false, Some(_)) => Rest::Nothing,
        };
        let whole_name = whole.as_ref().map(|(_, name)| &**name);
        let takes_files = self.takes_files(whole_name, &shapes);
        self.body = match (&whole, self.rest) {
            _ if takes_files => BodyUse::Files,
            (Some((Origin::Form, _)), _) => BodyUse::Form,
            (None, Rest::Nothing | Rest::Query) => BodyUse::Unread,
            (None, Rest::Body) if !fields.is_open && self.fits_a_form(&shapes) => {
                BodyUse::JsonOrForm
            }
            _ => BodyUse::Json,
        };
        if let (Some((_, name)), Rest::Nothing) = (&whole, self.rest) {
            self.others = within(schema, name, &mut shapes);
        }
        let has_parts = self.text_fields().any(|(_, kind, _)| kind.has_parts());
        self.shapes = has_parts.then(|| shapes.into_shapes());
        self.reads_query = self.sourced.iter().any(|field| field.origin == Origin::Query);
        self.reads_cookies = self.sourced.iter().any(|field| field.origin == Origin::Cookie);
        self.with_body(schema)
    }

    /// Sets the meaning of an empty body, and whether the body may be an array.
    fn with_body(self, schema: &Value) -> Self {
        let whole = self.whole_body();
        let body = whole.and_then(|field| property(schema, &field.name)).unwrap_or(schema);
        let needs_fields = |whole: &PlannedField| {
            let fields = within(schema, &whole.name, &mut ShapeReader::new(schema));
            fields.iter().any(|field| field.is_required)
        };
        let takes_array = may_be_array(schema, body);
        let empty_body = match whole {
            // An empty body means that an optional body is absent, not that it is an object without
            // fields.
            Some(whole) if !whole.is_needed() || needs_fields(whole) => EmptyBody::Missing,
            _ if is_object(schema, body) => EmptyBody::Object,
            None if may_be_null(schema, schema) => EmptyBody::Null,
            _ => EmptyBody::Missing,
        };
        Self { empty_body, takes_array, ..self }
    }

    /// Returns the field that takes the whole body, if there is one.
    pub(super) fn whole_body(&self) -> Option<&PlannedField> {
        self.sourced.iter().find(|field| field.origin.is_whole_body())
    }

    /// Returns the accepted content types of the body as a comma-separated list, as in
    /// `Accept-Query`, or `None` if binding does not read the body.
    #[must_use]
    pub fn content_types(&self) -> Option<&'static str> {
        match self.body {
            BodyUse::Unread => None,
            BodyUse::Json => Some("application/json"),
            BodyUse::Files => Some("multipart/form-data"),
            BodyUse::Form if MULTIPART => {
                Some("application/x-www-form-urlencoded, multipart/form-data")
            }
            BodyUse::Form => Some("application/x-www-form-urlencoded"),
            BodyUse::JsonOrForm if MULTIPART => {
                Some("application/json, application/x-www-form-urlencoded, multipart/form-data")
            }
            BodyUse::JsonOrForm => Some("application/json, application/x-www-form-urlencoded"),
        }
    }

    pub(super) fn route_params(&self) -> &[String] {
        &self.route_params
    }

    /// Returns whether the field of this name is a route parameter or has a [`from`](super::from)
    /// type.
    pub(super) fn is_sourced(&self, name: &str) -> bool {
        self.sourced.iter().any(|field| field.name == name)
    }

    /// Returns whether the plan contains a field of this name, in `sourced` or in `others`.
    pub(super) fn is_listed(&self, name: &str) -> bool {
        self.is_sourced(name) || self.others.iter().any(|field| field.name == name)
    }

    /// Returns the name, kind and shape of each field that a query or a form may contain.
    fn text_fields(&self) -> impl Iterator<Item = (&str, Kind, Option<ShapeId>)> {
        let others = self.others.iter().map(|field| (&*field.name, field.kind, field.shape));
        let sourced = self.sourced.iter().filter(|field| field.origin == Origin::Query);
        others.chain(sourced.map(|field| (&*field.name, field.kind, field.shape)))
    }

    /// Returns the name of the field to which a name in a query or a form belongs, such as `items`
    /// for `items[0].price`. Also returns the shape of the field if the name addresses a value
    /// nested in it, otherwise `None`.
    pub(super) fn field_of<'n>(&self, name: &'n str) -> (&'n str, Option<ShapeId>) {
        if self.shapes.is_none() {
            return (name, None);
        }
        let Some(end) = name.find(['[', '.']).filter(|_| !self.is_listed(name)) else {
            return (name, None);
        };
        let head = &name[..end];
        let mut fields = self.text_fields();
        let field = fields.find(|(known, kind, _)| *known == head && kind.has_parts());
        field.map_or((name, None), |(_, _, shape)| (head, shape))
    }

    /// Returns the kind of a field that a query or a form may contain, or the default kind for any
    /// other name.
    pub(super) fn kind_of_text(&self, name: &str) -> Kind {
        let mut fields = self.text_fields();
        let field = fields.find(|(known, _, _)| *known == name);
        field.map(|(_, kind, _)| kind).unwrap_or_default()
    }

    /// Returns whether any field that comes from the body is a file or contains one. `whole` is the
    /// name of the field that takes the whole body, if there is one.
    fn takes_files(&self, whole: Option<&str>, shapes: &ShapeReader<'_>) -> bool {
        let sourced = self.sourced.iter().filter(|field| Some(&*field.name) == whole);
        let others = self.others.iter().filter(|_| self.rest == Rest::Body);
        let mut found = sourced.map(|field| field.shape).chain(others.map(|field| field.shape));
        found.any(|shape| shapes.contains(shape, Scalar::File))
    }

    /// Returns whether a form can represent each field in `others`.
    fn fits_a_form(&self, shapes: &ShapeReader<'_>) -> bool {
        self.others.iter().all(|field| !shapes.contains(field.shape, Scalar::Mixed))
    }

    /// Returns the kind of a field in `others`, or the default kind for any other name. The kind
    /// determines how text is parsed for types that accept any value.
    pub(super) fn kind_of_other(&self, name: &str) -> Kind {
        let other = self.others.iter().find(|field| field.name == name);
        other.map(|field| field.kind).unwrap_or_default()
    }
}

impl PlannedField {
    /// Returns whether binding fails if the field is absent.
    pub(super) fn is_needed(&self) -> bool {
        self.is_required && !self.is_nullable
    }
}

impl Origin {
    pub(super) fn is_whole_body(&self) -> bool {
        matches!(self, Self::Form | Self::Body)
    }

    /// Returns the source that a [`from`](super::from) type must have to accept the value, or
    /// `None` for a route parameter.
    pub(super) fn source(&self) -> Option<Source> {
        match self {
            Self::Route(_) => None,
            Self::Query => Some(Source::Query),
            Self::Header(_) => Some(Source::Header),
            Self::Cookie => Some(Source::Cookie),
            Self::Claim => Some(Source::Claim),
            Self::Form => Some(Source::Form),
            Self::Body => Some(Source::Body),
        }
    }
}

fn origin(source: Source, name: &str) -> Option<Origin> {
    Some(match source {
        Source::Query => Origin::Query,
        // An invalid header name is a configuration error.
        Source::Header => Origin::Header(name.parse().ok()?),
        Source::Cookie => Origin::Cookie,
        Source::Claim => Origin::Claim,
        Source::Form => Origin::Form,
        Source::Body => Origin::Body,
    })
}

fn planned(field: &SchemaField, origin: Origin, shape: Option<ShapeId>) -> PlannedField {
    PlannedField {
        name: field.name.clone(),
        origin,
        kind: field.kind,
        is_required: field.is_required,
        is_nullable: field.is_nullable,
        shape,
    }
}

fn other(field: &SchemaField, shape: Option<ShapeId>) -> OtherField {
    let is_required = field.is_required && !field.is_nullable;
    OtherField { name: field.name.clone(), kind: field.kind, is_required, shape }
}

/// Returns the fields of the type of the whole-body field with this name, or an empty list if the
/// type has no fields.
fn within<'s>(schema: &'s Value, name: &str, shapes: &mut ShapeReader<'s>) -> Vec<OtherField> {
    let Some(body) = property(schema, name) else {
        return Vec::new();
    };
    let fields = schema_fields(&with_definitions(schema, body));
    let fields = fields.iter().flat_map(|fields| &fields.list);
    fields.map(|field| other(field, shapes.add_field(body, &field.name))).collect()
}
