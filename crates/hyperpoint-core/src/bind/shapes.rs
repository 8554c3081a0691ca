//! The shapes of fields: the kind of each nested value that a name such as `items[0].price` can
//! address.

use std::collections::{BTreeMap, HashMap, HashSet};

use serde_json::Value;

use super::schema::{Kind, Scalar, alternatives, field_kind, is_null, resolve};

/// The shapes of all fields of a request type. A type that contains itself refers to its own shape.
#[derive(Clone, Debug, Default)]
pub(super) struct Shapes(Vec<Shape>);

/// The index of a shape in [`Shapes`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct ShapeId(usize);

/// The kind of a value, and the shapes of the values nested in it.
#[derive(Clone, Debug, Default)]
struct Shape {
    kind: Kind,
    fields: BTreeMap<String, ShapeId>,
    /// The shape of each element of a list, or of each value of a map.
    element: Option<ShapeId>,
}

impl Shapes {
    /// Returns the kind of a value with this shape, or the default kind if the shape is unknown.
    pub(super) fn kind(&self, shape: Option<ShapeId>) -> Kind {
        self.shape(shape).map(|shape| shape.kind).unwrap_or_default()
    }

    /// Returns the shape of the field of this name, otherwise the shape of the elements, or `None`
    /// if neither is known.
    pub(super) fn part(&self, shape: Option<ShapeId>, name: &str) -> Option<ShapeId> {
        let shape = self.shape(shape)?;
        shape.fields.get(name).copied().or(shape.element)
    }

    /// Returns whether a value of this shape, or a value nested in it, is of this scalar kind.
    pub(super) fn contains(&self, shape: ShapeId, scalar: Scalar) -> bool {
        let (mut next, mut seen) = (vec![shape], HashSet::new());
        while let Some(id) = next.pop() {
            let Some(shape) = self.shape(Some(id)).filter(|_| seen.insert(id)) else {
                continue;
            };
            if shape.kind.scalar == scalar {
                return true;
            }
            next.extend(shape.fields.values().copied().chain(shape.element));
        }
        false
    }

    fn shape(&self, shape: Option<ShapeId>) -> Option<&Shape> {
        self.0.get(shape?.0)
    }
}

/// A builder of the [`Shapes`] of a schema.
#[derive(Debug)]
pub(super) struct ShapeReader<'s> {
    root: &'s Value,
    shapes: Shapes,
    /// The shapes of referenced types, keyed by reference.
    known: HashMap<&'s str, ShapeId>,
}

impl<'s> ShapeReader<'s> {
    pub(super) fn new(root: &'s Value) -> Self {
        Self { root, shapes: Shapes::default(), known: HashMap::new() }
    }

    pub(super) fn into_shapes(self) -> Shapes {
        self.shapes
    }

    /// Returns whether a value of this shape, or a value nested in it, is of this scalar kind.
    pub(super) fn contains(&self, shape: Option<ShapeId>, scalar: Scalar) -> bool {
        shape.is_some_and(|shape| self.shapes.contains(shape, scalar))
    }

    /// Adds the shape of a field of an object, and returns its index, or `None` if the object has
    /// no such field.
    pub(super) fn add_field(&mut self, object: &'s Value, name: &str) -> Option<ShapeId> {
        object.get("properties")?.get(name).map(|property| self.add(property))
    }

    /// Adds the shape of a value with this schema, unless it is the known shape of a referenced
    /// type, and returns its index.
    fn add(&mut self, schema: &'s Value) -> ShapeId {
        let reference = schema.get("$ref").and_then(Value::as_str);
        if let Some(known) = reference.and_then(|reference| self.known.get(reference)) {
            return *known;
        }
        let mut choices = alternatives(schema).filter(|one| !is_null(one));
        if let (Some(only), None) = (choices.next(), choices.next())
            && field_kind(self.root, schema).scalar == Scalar::Structure
        {
            return self.add(only);
        }
        let id = ShapeId(self.shapes.0.len());
        // The shape is added before it is complete, because a type may contain itself.
        self.shapes.0.push(Shape::default());
        self.known.extend(reference.map(|reference| (reference, id)));
        let shape = self.read(schema);
        if let Some(slot) = self.shapes.0.get_mut(id.0) {
            *slot = shape;
        }
        id
    }

    fn read(&mut self, schema: &'s Value) -> Shape {
        let mut shape = Shape { kind: field_kind(self.root, schema), ..Shape::default() };
        let Some(schema) = resolve(self.root, schema) else {
            return shape;
        };
        self.read_parts(schema, &mut shape);
        for one in alternatives(schema).filter(|one| !is_null(one)) {
            if let Some(one) = resolve(self.root, one) {
                self.read_parts(one, &mut shape);
            }
        }
        shape
    }

    /// Adds the fields and the elements of a schema to a shape. The kind becomes `Mixed` if two
    /// alternatives have a field of the same name with different kinds.
    fn read_parts(&mut self, schema: &'s Value, shape: &mut Shape) {
        let properties = schema.get("properties").and_then(Value::as_object);
        for (name, property) in properties.into_iter().flatten() {
            let id = self.add(property);
            let before = shape.fields.insert(name.clone(), id);
            if before.is_some_and(|before| self.kind_of(before) != self.kind_of(id)) {
                shape.kind.scalar = Scalar::Mixed;
            }
        }
        let element = ["items", "additionalProperties"].iter().find_map(|key| schema.get(*key));
        if let Some(element) = element.filter(|element| element.is_object()) {
            shape.element = Some(self.add(element));
        }
    }

    fn kind_of(&self, id: ShapeId) -> Kind {
        self.shapes.kind(Some(id))
    }
}
