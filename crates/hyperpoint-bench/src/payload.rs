//! The request and response data of all servers.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The response of `/plaintext`.
pub const TEXT: &str = "Hello, World!";

/// The response of `/json`, and the data of each event of `/events`.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Reading {
    /// The index of the reading.
    pub id: u64,
    /// The name of the sensor.
    pub sensor: &'static str,
    /// The measured value.
    pub value: f64,
    /// Whether the value is in range.
    pub valid: bool,
}

impl Reading {
    /// Creates the reading with this index.
    #[must_use]
    pub fn new(id: u64) -> Self {
        Self { id, sensor: "north-tower", value: 21.5, valid: true }
    }
}

/// The request and the response of `/echo`.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub struct Echo {
    /// A name.
    pub name: String,
    /// A count.
    pub count: u32,
    /// Some tags.
    pub tags: Vec<String>,
}

/// An event of the topic: the request of `/publish`, and the data of an event of `/topic`.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub struct Tick {
    /// The index of the event.
    pub number: u64,
    /// A text. It ends with [`MARK`](crate::MARK) in each event that a client counts.
    pub text: String,
}

/// The byte that occurs once in each counted [`Tick`], and nowhere else on the wire.
pub const MARK: u8 = b'~';

/// The response of `/orders/{id}/{customer}`: the body with the values of the path.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub struct Order {
    /// The id in the path.
    pub id: u64,
    /// The name of the customer in the path.
    pub customer: String,
    /// A count.
    pub count: u32,
    /// Some tags.
    pub tags: Vec<String>,
}

/// The body of an order, for servers that decode body and path separately.
#[derive(Clone, Debug, Deserialize)]
pub struct OrderBody {
    /// A count.
    pub count: u32,
    /// Some tags.
    pub tags: Vec<String>,
}

impl Order {
    /// Creates an order from a path and a body.
    #[must_use]
    pub fn new(id: u64, customer: String, OrderBody { count, tags }: OrderBody) -> Self {
        Self { id, customer, count, tags }
    }

    /// Returns whether the name of the customer is not empty.
    #[must_use]
    pub fn has_customer(&self) -> bool {
        !self.customer.is_empty()
    }

    /// Returns whether the count is at most 1,000.
    #[must_use]
    pub fn has_valid_count(&self) -> bool {
        self.count <= 1000
    }

    /// Returns whether there are at most five tags.
    #[must_use]
    pub fn has_few_tags(&self) -> bool {
        self.tags.len() <= 5
    }

    /// Returns whether all three conditions hold.
    #[must_use]
    pub fn is_valid(&self) -> bool {
        self.has_customer() && self.has_valid_count() && self.has_few_tags()
    }
}
