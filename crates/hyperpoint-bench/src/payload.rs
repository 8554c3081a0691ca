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
    /// A string to return.
    pub name: String,
    /// An integer to return.
    pub count: u32,
    /// A list of strings to return.
    pub tags: Vec<String>,
}

/// An event of the topic: the request of `/publish`, and the data of an event of `/topic`.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub struct Tick {
    /// The index of the event.
    pub number: u64,
    /// The content of the event. It ends with [`MARK`](crate::MARK) if clients count the event.
    pub text: String,
}

/// The byte that occurs once in each counted [`Tick`], and nowhere else in a response.
pub const MARK: u8 = b'~';

/// The response of `/orders/{id}/{customer}`: the path parameters and the fields of the request
/// body.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub struct Order {
    /// The order's id, from the path.
    pub id: u64,
    /// The customer's name, from the path. Must not be empty.
    pub customer: String,
    /// The number of items, from the body. At most 1,000.
    pub count: u32,
    /// The tags, from the body. At most five.
    pub tags: Vec<String>,
}

/// The body of an order, for servers that decode body and path separately.
#[derive(Clone, Debug, Deserialize)]
pub struct OrderBody {
    /// The number of items.
    pub count: u32,
    /// The tags of the order.
    pub tags: Vec<String>,
}

impl Order {
    /// Creates an order from the path parameters and a body.
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

    /// Returns whether the customer, the count and the tags are valid.
    #[must_use]
    pub fn is_valid(&self) -> bool {
        self.has_customer() && self.has_valid_count() && self.has_few_tags()
    }
}
