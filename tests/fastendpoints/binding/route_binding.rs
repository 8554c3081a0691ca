//! `POST /api/test-cases/route-binding-test/{string}/{bool}/{int}/{long}/{double}/{decimal}`

use hyperpoint::prelude::*;
use url::Url;

#[derive(Deserialize, JsonSchema)]
struct Everything {
    string: String,
    bool: bool,
    int: i32,
    long: i64,
    double: f64,
    decimal: f64,
    #[serde(rename = "fromBody")]
    from_body: Option<String>,
    #[serde(rename = "Url")]
    url: from::Query<Option<Url>>,
    #[serde(rename = "Custom")]
    custom: from::Query<Option<Custom>>,
    #[serde(rename = "CustomList")]
    custom_list: from::Query<Option<CustomList>>,
    #[serde(rename = "XBlank")]
    blank: from::Query<Option<i32>>,
    #[serde(flatten)]
    person: PersonQuery,
}

/// A number, as text.
#[derive(Deserialize, Serialize, JsonSchema)]
#[serde(try_from = "String")]
struct Custom {
    value: i32,
}

/// Numbers as text, such as `1;2`.
#[derive(Deserialize, Serialize, JsonSchema)]
#[serde(try_from = "String")]
struct CustomList(Vec<i32>);

#[derive(Default, Deserialize, JsonSchema)]
#[serde(default)]
struct PersonQuery {
    id: from::Query<Uuid>,
    name: from::Query<Option<String>>,
    age: from::Query<i32>,
    child: from::Query<Option<Child>>,
    numbers: from::Query<Vec<i32>>,
}

#[derive(Default, Deserialize, Serialize, JsonSchema)]
#[serde(default)]
struct Child {
    id: Uuid,
    name: Option<String>,
    age: i32,
    strings: Vec<String>,
}

#[derive(Serialize, JsonSchema)]
struct EverythingEcho {
    string: String,
    bool: bool,
    int: i32,
    long: i64,
    double: f64,
    decimal: f64,
    blank: Option<i32>,
    #[serde(rename = "fromBody")]
    from_body: Option<String>,
    url: Option<Url>,
    custom: Option<Custom>,
    #[serde(rename = "customList")]
    custom_list: Option<CustomList>,
    person: Person,
}

#[derive(Serialize, JsonSchema)]
struct Person {
    id: Uuid,
    name: Option<String>,
    age: i32,
    child: Option<Child>,
    numbers: Vec<i32>,
}

#[derive(Endpoint)]
struct RouteBinding;

impl TryFrom<String> for Custom {
    type Error = std::num::ParseIntError;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse().map(|value| Self { value })
    }
}

impl TryFrom<String> for CustomList {
    type Error = std::num::ParseIntError;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.split(';').map(str::parse).collect::<Result<_, _>>().map(Self)
    }
}

impl From<PersonQuery> for Person {
    fn from(person: PersonQuery) -> Self {
        let PersonQuery { id, name, age, child, numbers } = person;
        Self { id: id.0, name: name.0, age: age.0, child: child.0, numbers: numbers.0 }
    }
}

impl Endpoint for RouteBinding {
    type Request = Everything;
    type Response = EverythingEcho;

    fn configure(config: &mut Config) {
        config
            .post("/test-cases/route-binding-test/{string}/{bool}/{int}/{long}/{double}/{decimal}");
        config.allow_anonymous();
    }

    async fn handle(&self, all: Everything, cx: Cx<'_, Self>) -> Result {
        let echo = EverythingEcho {
            string: all.string,
            bool: all.bool,
            int: all.int,
            long: all.long,
            double: all.double,
            decimal: all.decimal,
            blank: all.blank.0,
            from_body: all.from_body,
            url: all.url.0,
            custom: all.custom.0,
            custom_list: all.custom_list.0,
            person: all.person.into(),
        };
        cx.send.ok_async(echo).await
    }
}
