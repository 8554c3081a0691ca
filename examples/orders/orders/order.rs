//! An order: its data, its storage, and the validation of its lines.

use hyperpoint::Identity;
use hyperpoint::prelude::*;
use rusqlite::types::Type;
use rusqlite::{Connection, Row};

use crate::store::StoreError;
use crate::users::may_see;

/// An order.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Order {
    /// The number of the order.
    pub id: i64,
    /// The customer who placed it.
    pub customer: String,
    /// The status of the order.
    pub status: Status,
    /// The ordered articles.
    pub lines: Vec<Line>,
    /// The total price.
    pub total_cents: u64,
}

/// The status of an order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Status {
    /// Placed; it can be changed.
    Open,
    /// Shipped.
    Shipped,
}

/// A line of an order.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Line {
    /// The article.
    pub item: String,
    /// The quantity.
    pub quantity: u32,
    /// The price of one article.
    pub cents: u32,
}

impl Status {
    /// Returns the status as stored in the database.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Shipped => "shipped",
        }
    }
}

impl Order {
    /// The columns that [`read`](Self::read) reads.
    pub(super) const COLUMNS: &str = "id, customer, status, lines";

    pub(super) fn read(row: &Row<'_>) -> rusqlite::Result<Self> {
        let lines: Vec<Line> =
            serde_json::from_str(&row.get::<_, String>(3)?).map_err(|error| {
                rusqlite::Error::FromSqlConversionFailure(3, Type::Text, error.into())
            })?;
        let status = match row.get::<_, String>(2)?.as_str() {
            "shipped" => Status::Shipped,
            _ => Status::Open,
        };
        let total_cents =
            lines.iter().map(|line| u64::from(line.quantity) * u64::from(line.cents)).sum();
        Ok(Self { id: row.get(0)?, customer: row.get(1)?, status, lines, total_cents })
    }

    /// Returns the order with this number.
    pub(super) fn find(database: &Connection, id: i64) -> Result<Self, StoreError> {
        let find = format!("SELECT {} FROM orders WHERE id = ?1", Self::COLUMNS);
        Ok(database.query_row(&find, [id], Self::read)?)
    }
}

/// Returns the order with this number if the user may see it; for other users it does not exist.
pub(crate) fn of_customer(
    database: &Connection,
    id: i64,
    identity: &Identity,
) -> Result<Order, StoreError> {
    let order = Order::find(database, id)?;
    may_see(identity, &order.customer).then_some(order).ok_or(StoreError::Missing)
}

/// Reports what is wrong with the lines of an order, each failure by its path.
pub(super) fn check_lines(lines: &[Line], failures: &mut Failures) {
    failures.check("lines", (1..=100).contains(&lines.len()), "has 1 to 100 lines");
    for (place, line) in lines.iter().enumerate() {
        let Line { item, quantity, cents } = line;
        let name = |field| format!("lines[{place}].{field}");
        failures.check(&name("item"), !item.trim().is_empty(), "must not be empty");
        failures.check(&name("quantity"), (1..=1000).contains(quantity), "is 1 to 1000");
        failures.check(&name("cents"), *cents <= 10_000_000, "is at most 10000000");
    }
}

/// Returns the lines as stored in the database.
pub(super) fn written(lines: &[Line]) -> String {
    serde_json::to_string(lines).expect("lines are JSON")
}
