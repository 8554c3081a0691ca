//! Objects and lists in queries and forms, by the names of their parts.

use std::collections::BTreeMap;

use http::{Request, StatusCode};
use hyperpoint::Application;
use hyperpoint::prelude::*;
use hyperpoint_testing::TestApp;

use crate::http::{ask, endpoint, get};

#[derive(Debug, Serialize, Deserialize, JsonSchema)]
struct Search {
    #[serde(default)]
    filter: Filter,
    #[serde(default)]
    items: Vec<Item>,
    #[serde(default)]
    tags: Vec<String>,
    #[serde(default)]
    grid: Vec<Vec<u8>>,
    #[serde(rename = "hub.mode", default)]
    mode: String,
    shape: Option<Shape>,
}

#[derive(Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Filter {
    name: Option<String>,
    #[serde(default)]
    is_open: bool,
    most: Option<u32>,
    #[serde(default)]
    labels: BTreeMap<String, i64>,
    child: Option<Box<Filter>>,
}

#[derive(Debug, Serialize, Deserialize, JsonSchema)]
struct Item {
    price: u32,
    #[serde(default)]
    sizes: Vec<u8>,
}

#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "kind", rename_all = "snake_case")]
enum Shape {
    Circle { radius: u32 },
    Square { side: u32 },
}

endpoint! {
    Echo: Search => Search;
    |config| {
        config.get("/search");
        config.post("/search");
        config.allow_anonymous();
    }
    |search, cx| { cx.send.ok_async(search).await }
}

#[derive(Debug, Deserialize, JsonSchema)]
struct Listing {
    page: from::Query<Filter>,
    name: String,
    #[serde(flatten)]
    more: More,
}

#[derive(Debug, Deserialize, JsonSchema)]
struct More {
    lines: Vec<Item>,
}

endpoint! {
    Paged: Listing => ();
    |config| {
        config.post("/pages");
        config.allow_anonymous();
    }
    |page, cx| {
        let Listing { page: from::Query(page), name, more } = page;
        cx.send.string_async(format!("{name} {:?} {:?}", page.most, more.lines)).await
    }
}

fn app() -> Application {
    Host::empty().endpoint::<Echo>().endpoint::<Paged>().build().unwrap()
}

async fn post(app: &Application, target: &str, form: &str) -> String {
    let request = Request::post(target).header("content-type", "application/x-www-form-urlencoded");
    ask(app, request.body(form.to_owned()).unwrap()).await
}

/// Sends the text as a query and as a form, and returns the value that both are bound to.
async fn bound(text: &str) -> serde_json::Value {
    let app = app();
    let query = get(&app, &format!("/search?{text}")).await;
    assert!(query.starts_with("200"), "{text}: {query}");
    assert_eq!(query, post(&app, "/search", text).await);
    serde_json::from_str(query.rsplit('\n').next().unwrap()).unwrap()
}

/// Returns the only error of the answers to the text as a query and as a form.
async fn fault(text: &str) -> String {
    let app = app();
    let query = get(&app, &format!("/search?{text}")).await;
    assert!(query.starts_with("400"), "{text}: {query}");
    assert!(post(&app, "/search", text).await.starts_with("400"), "{text}");
    let answer = serde_json::from_str::<serde_json::Value>(query.rsplit('\n').next().unwrap());
    let error = &answer.unwrap()["errors"][0];
    format!("{}: {}", error["name"].as_str().unwrap(), error["reason"].as_str().unwrap())
}

#[tokio::test]
async fn brackets_and_dots_lead_to_the_same_part() {
    for text in [
        "filter[name]=a&filter[most]=7&items[0][price]=3&items[1][price]=4",
        "filter.name=a&filter.most=7&items[0].price=3&items[1].price=4",
        "filter%5Bname%5D=a&filter%5bmost%5D=7&items%5B0%5D%5Bprice%5D=3&items%5B1%5D.price=4",
        "items[1].price=4&filter[name]=a&items.0.price=3&filter.most=7",
    ] {
        let bound = bound(text).await;
        assert_eq!(bound["filter"]["name"], "a", "{text}");
        assert_eq!(bound["filter"]["most"], 7, "{text}");
        assert_eq!(bound["items"][0]["price"], 3, "{text}");
        assert_eq!(bound["items"][1]["price"], 4, "{text}");
    }
}

#[tokio::test]
async fn parts_are_read_by_their_types() {
    let bound = bound(
        "filter[is_open]=on&filter[most]=&filter[labels][a.b]=-1&filter[labels].c=2\
         &filter.child.child.name=deep&items[0].sizes=1&items[0].sizes=2&items[0].price=1&tags[]=x&tags[]=y\
         &grid[1][0]=3&grid[0]=1&grid[0]=2&hub.mode=subscribe&shape[kind]=square&shape[side]=5\
         &ignored[0]=1&also.ignored=2",
    )
    .await;
    assert_eq!(bound["filter"]["is_open"], true);
    assert_eq!(bound["filter"]["most"], serde_json::Value::Null);
    assert_eq!(bound["filter"]["labels"], serde_json::json!({ "a.b": -1, "c": 2 }));
    assert_eq!(bound["filter"]["child"]["child"]["name"], "deep");
    assert_eq!(bound["items"][0]["sizes"], serde_json::json!([1, 2]));
    assert_eq!(bound["tags"], serde_json::json!(["x", "y"]));
    assert_eq!(bound["grid"], serde_json::json!([[1, 2], [3]]));
    assert_eq!(bound["hub.mode"], "subscribe");
    assert_eq!(bound["shape"], serde_json::json!({ "kind": "square", "side": 5 }));
}

#[tokio::test]
async fn an_error_has_the_path_of_its_part() {
    for (text, error) in [
        ("items[0].price=x", "items[0].price: invalid value: string \"x\""),
        ("items[0].sizes[1]=1", "items[0].sizes: is a list whose indexes are not 0, 1, 2"),
        ("items[0].sizes=1", "items[0].price: is missing"),
        ("filter[nmae]=x", "filter.nmae: unknown field `nmae`"),
        ("filter=x", "filter: invalid type: string \"x\""),
        ("filter.child.child.most=x", "filter.child.child.most: invalid value"),
    ] {
        let fault = fault(text).await;
        assert!(fault.starts_with(error), "{text}: {fault}");
    }
}

#[tokio::test]
async fn an_ambiguous_or_hostile_name_is_refused() {
    let deep = format!("filter{}=x", "[child]".repeat(1_000));
    let list = "is a list whose indexes are not 0, 1, 2";
    let both = "is sent both as one value and in parts";
    for (text, error) in [
        ("items[4000000000][price]=1", list),
        ("items[99999999999999999999999][price]=1", "invalid value"),
        ("items[1].price=1", list),
        ("items[-1].price=1", "invalid value"),
        ("items[01].price=1", "invalid value"),
        ("items[+1].price=1", "invalid value"),
        ("items[__proto__].price=1", "invalid value"),
        ("items[].price=1", "has parts after `[]`"),
        ("tags[]=1&tags[0]=1", "invalid value"),
        ("tags=1&tags[]=2", both),
        ("tags[]=1&tags=2", both),
        ("filter=1&filter[name]=2", both),
        ("filter[name]=2&filter=1", both),
        ("filter[labels]=1&filter[labels][a]=2", both),
        ("filter[name]=1&filter[name]=2", "expected one value, found 2"),
        ("filter[name", "has a name with an unclosed bracket"),
        ("filter[name]x=1", "has a name with text after a closing bracket"),
        ("filter[na[me]=1", "has a malformed name"),
        ("filter..name=1", "has a malformed name"),
        ("filter.=1", "has a malformed name"),
        ("filter[__proto__][isAdmin]=true", "unknown field `__proto__`"),
        (&deep, "has a name with more than 16 nested parts"),
    ] {
        let fault = fault(text).await;
        assert!(fault.contains(error), "{text}: {fault}");
    }
}

#[tokio::test]
async fn the_number_of_parts_is_bounded() {
    let parts = |count: usize| {
        let parts = (0..count).map(|index| format!("tags[{index}]=x"));
        parts.collect::<Vec<_>>().join("&")
    };
    let app = app();
    assert!(post(&app, "/search", &parts(4_096)).await.starts_with("200"));
    let many = post(&app, "/search", &parts(10_000)).await;
    assert!(many.starts_with("400"), "{many}");
    // Names that lead to no field are ignored, and so are names of their own.
    let others = (0..10_000).map(|index| format!("other{index}[a]=x"));
    let others = others.collect::<Vec<_>>().join("&");
    assert!(post(&app, "/search", &others).await.starts_with("200"));
}

#[tokio::test]
async fn a_field_of_the_query_has_parts_beside_a_form() {
    let app = app();
    let form = "name=ann&lines[0].price=1&lines[1].price=2&page[most]=666";
    let text = post(&app, "/pages?page[most]=7&lines[0].price=666", form).await;
    assert!(
        text.ends_with("ann Some(7) [Item { price: 1, sizes: [] }, Item { price: 2, sizes: [] }]")
    );
    let text = post(&app, "/pages?page[most]=7", "lines[0].price=1").await;
    assert!(text.contains(r#"{"name":"name","reason":"is missing from the form""#), "{text}");
    let text = post(&app, "/pages", "name=ann&lines[0].price=x").await;
    assert!(text.contains(r#""name":"page","reason":"is missing from the query""#), "{text}");
}

#[tokio::test]
async fn the_test_client_sends_parts() -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
    let app = TestApp::new(Host::empty().endpoint::<Echo>())?;
    let child = Filter { name: Some("b".to_owned()), ..Filter::default() };
    let labels = BTreeMap::from([("x.y".to_owned(), 1)]);
    let filter = Filter { labels, child: Some(Box::new(child)), ..Filter::default() };
    let search = Search {
        filter,
        items: vec![Item { price: 1, sizes: vec![2, 3] }, Item { price: 4, sizes: vec![] }],
        tags: vec!["a&b".to_owned()],
        grid: vec![vec![1], vec![2, 3]],
        mode: "m".to_owned(),
        shape: Some(Shape::Circle { radius: 9 }),
    };
    let answer = app.send::<Echo>(&search).answer().await?;
    assert_eq!(answer.status(), StatusCode::OK);
    let echoed: serde_json::Value = serde_json::from_slice(answer.bytes())?;
    assert_eq!(echoed, serde_json::to_value(&search)?);
    Ok(())
}
