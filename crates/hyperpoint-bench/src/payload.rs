//! The data that every server answers.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The answer of `/plaintext`.
pub const TEXT: &str = "Hello, World!";

/// The answer of `/json`, and the data of each event.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Reading {
    /// Counts up.
    pub id: u64,
    /// Where it was read.
    pub sensor: &'static str,
    /// What was read.
    pub value: f64,
    /// Whether it is in range.
    pub valid: bool,
}

impl Reading {
    /// The reading of this number.
    #[must_use]
    pub fn new(id: u64) -> Self {
        Self { id, sensor: "north-tower", value: 21.5, valid: true }
    }
}

/// What `/echo` reads and answers.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub struct Echo {
    /// A name.
    pub name: String,
    /// A count.
    pub count: u32,
    /// Some tags.
    pub tags: Vec<String>,
}

/// An event to many: what `/publish` reads, and `/topic` sends to everyone.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub struct Tick {
    /// Counts up.
    pub number: u64,
    /// Ends in [`MARK`](crate::MARK), by which a reader counts events.
    pub text: String,
}

/// Stands once in each [`Tick`], and nowhere else on the wire.
pub const MARK: u8 = b'~';

/// What `/orders/{id}/{customer}` answers: the body with what the path says.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub struct Order {
    /// Its number, of the path.
    pub id: u64,
    /// Who ordered, of the path.
    pub customer: String,
    /// A count.
    pub count: u32,
    /// Some tags.
    pub tags: Vec<String>,
}

/// The body of an order, for servers that read it apart from the path.
#[derive(Clone, Debug, Deserialize)]
pub struct OrderBody {
    /// A count.
    pub count: u32,
    /// Some tags.
    pub tags: Vec<String>,
}

impl Order {
    /// The order of a body and a path.
    #[must_use]
    pub fn new(id: u64, customer: String, OrderBody { count, tags }: OrderBody) -> Self {
        Self { id, customer, count, tags }
    }

    /// Whether it is named.
    #[must_use]
    pub fn has_customer(&self) -> bool {
        !self.customer.is_empty()
    }

    /// Whether it is small enough.
    #[must_use]
    pub fn has_fair_count(&self) -> bool {
        self.count <= 1000
    }

    /// Whether it has few enough tags.
    #[must_use]
    pub fn has_few_tags(&self) -> bool {
        self.tags.len() <= 5
    }

    /// Whether it is all of this.
    #[must_use]
    pub fn is_valid(&self) -> bool {
        self.has_customer() && self.has_fair_count() && self.has_few_tags()
    }
}
