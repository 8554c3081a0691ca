//! The possible responses of an endpoint, for generated API documents.

use std::fmt;

use http::StatusCode;
use schemars::{JsonSchema, Schema, SchemaGenerator};

/// One possible response of an endpoint: its status, and the schema of its data.
#[derive(Clone, Copy)]
#[non_exhaustive]
pub struct PossibleAnswer {
    /// The status.
    pub status: StatusCode,
    /// The schema of the data, or `None` if there is no data.
    pub schema: Option<fn(&mut SchemaGenerator) -> Schema>,
}

impl PossibleAnswer {
    /// Creates the description of a response with this status and data of type `T`.
    #[must_use]
    pub fn of<T: JsonSchema>(status: u16) -> Self {
        Self { schema: Some(SchemaGenerator::subschema_for::<T>), ..Self::empty(status) }
    }

    /// Creates the description of a response with this status and no data.
    #[must_use]
    pub fn empty(status: u16) -> Self {
        Self { status: status_of(status), schema: None }
    }
}

/// Returns the status with this code, or 500 if the code is invalid. The derive validates codes.
pub(super) fn status_of(number: u16) -> StatusCode {
    StatusCode::from_u16(number).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
}

impl fmt::Debug for PossibleAnswer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let has_data = self.schema.is_some();
        f.debug_struct("PossibleAnswer")
            .field("status", &self.status)
            .field("has_data", &has_data)
            .finish()
    }
}
