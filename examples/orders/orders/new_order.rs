//! The request for a new order.

use hyperpoint::prelude::*;

use super::order::Line;

/// A new order.
#[derive(Serialize, Deserialize, JsonSchema)]
pub struct NewOrder {
    /// The ordered articles.
    pub lines: Vec<Line>,
}
