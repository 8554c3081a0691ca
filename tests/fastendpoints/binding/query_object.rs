//! `GET /api/test-cases/query-object-binding-test`

use hyperpoint::prelude::*;
use jiff::civil::{Date, Time};

use super::day_of_week::{ByteEnum, DayOfWeek};

/// The keys as clients write them.
#[derive(Default, Deserialize, JsonSchema)]
#[serde(default)]
struct Query {
    #[serde(rename = "String")]
    string: Option<String>,
    #[serde(rename = "BoOl")]
    bool: bool,
    #[serde(rename = "iNt")]
    int: Option<i32>,
    long: i64,
    #[serde(rename = "DOUBLE")]
    double: f64,
    #[serde(rename = "Enum")]
    day: DayOfWeek,
    #[serde(flatten)]
    person: Person,
}

#[derive(Default, Deserialize, Serialize, JsonSchema)]
#[serde(default)]
struct Person {
    id: Uuid,
    name: Option<String>,
    age: i32,
    child: Option<Child>,
    numbers: Vec<i32>,
    #[serde(rename = "favoriteDay")]
    favorite_day: DayOfWeek,
    #[serde(rename(deserialize = "ByteEnum", serialize = "byteEnum"))]
    byte_enum: ByteEnum,
    #[serde(rename(deserialize = "IsHidden", serialize = "isHidden"))]
    is_hidden: bool,
}

#[derive(Default, Deserialize, Serialize, JsonSchema)]
#[serde(default, rename_all = "camelCase")]
struct Child {
    id: Uuid,
    name: Option<String>,
    age: i32,
    birth_date: Option<Date>,
    wake_up_time: Option<Time>,
    strings: Vec<String>,
    favorite_days: Vec<DayOfWeek>,
    is_hidden: bool,
}

#[derive(Serialize, JsonSchema)]
struct QueryEcho {
    string: Option<String>,
    bool: bool,
    int: Option<i32>,
    long: i64,
    double: f64,
    #[serde(rename = "enum")]
    day: DayOfWeek,
    person: Person,
}

#[derive(Endpoint)]
struct QueryObject;

impl Endpoint for QueryObject {
    type Request = Query;
    type Response = QueryEcho;

    fn configure(config: &mut Config) {
        config.get("/test-cases/query-object-binding-test");
        config.allow_anonymous();
    }

    async fn handle(&self, query: Query, cx: Cx<'_, Self>) -> Result {
        let Query { string, bool, int, long, double, day, person } = query;
        cx.send.ok_async(QueryEcho { string, bool, int, long, double, day, person }).await
    }
}
