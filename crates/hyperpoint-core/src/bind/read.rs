//! Deserialization of a request type from the values of a request.

use std::cell::Cell;

use serde::de::DeserializeOwned;
use serde_json::Error;

use super::object::RequestObject;
use super::values::Values;

/// Deserializes a `T`. If there is a JSON body and no field is a route parameter or has a
/// [`from`](super::from) type, deserializes the JSON body as a whole, otherwise each field from its
/// source.
pub(super) fn read<T: DeserializeOwned>(values: &Values<'_>) -> Result<T, Error> {
    match values.whole_json() {
        Some(json) => serde_json::from_str(json),
        None => values
            .holding_files(|| T::deserialize(RequestObject { values, known: &Cell::default() })),
    }
}
