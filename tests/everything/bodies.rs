//! Bodies of every kind.

use std::collections::BTreeMap;

use garde::Validate;
use hyperpoint::bytes::Bytes;
use hyperpoint::openapi::Describe;
use hyperpoint::prelude::*;
use hyperpoint::{ErrorBody, Raw};

use super::endpoint::endpoint;

pub(super) fn add(host: Host) -> Host {
    host.endpoint::<Place>()
        .endpoint::<Patch>()
        .endpoint::<SignIn>()
        .endpoint::<Upload>()
        .endpoint::<Whole>()
        .endpoint::<RawBytes>()
        .endpoint::<RawText>()
        .endpoint::<Ask>()
        .endpoint::<Tree>()
        .endpoint::<OwnErrors>()
}

/// A line of an order.
#[derive(Serialize, Deserialize, JsonSchema, Validate)]
#[garde(allow_unvalidated)]
struct Line {
    #[garde(length(chars, min = 1))]
    item: String,
    #[serde(default)]
    quantity: u32,
}

/// An order.
#[derive(Serialize, Deserialize, JsonSchema, Validate)]
#[garde(allow_unvalidated)]
struct Order {
    #[garde(dive)]
    lines: Vec<Line>,
    /// Free words.
    #[serde(default)]
    notes: BTreeMap<String, String>,
    #[serde(flatten)]
    paging: Paging,
}

#[derive(Serialize, Deserialize, JsonSchema)]
struct Paging {
    page: Option<u32>,
}

endpoint! {
    /// Places an order.
    Place(Order) -> Order, garde {
        |config| {
            config.post("/orders");
            config.allow_anonymous();
            config.answers(201);
            config.links_to::<Tree>();
            let tea = serde_json::json!({ "lines": [{ "item": "tea", "quantity": 3 }], "notes": {} });
            config.example("tea", &tea);
            config.answer_example(201, "tea", &serde_json::json!({ "lines": [], "notes": {}, "page": 3 }));
        }
    }
    |order, cx| cx.send.created_at_async::<Tree>(&(), order).await
}

/// A change: what is absent stays.
#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(tag = "kind", rename_all = "kebab-case")]
enum Change {
    /// Another name.
    Rename {
        name: String,
    },
    Resize {
        width: u16,
        height: u16,
    },
    Clear,
}

#[derive(Deserialize, JsonSchema)]
struct Patched {
    id: u32,
    dry_run: from::Query<Option<bool>>,
    changes: Vec<Change>,
    reason: Option<String>,
}

endpoint! {
    /// Changes an order.
    Patch(Patched) -> Vec<Change> {
        |config| {
            config.patch("/orders/{id}");
            config.roles(["clerk"]);
        }
    }
    |patched, cx| {
        let Patched { id, dry_run, changes, reason } = patched;
        let _ = (id, dry_run, reason);
        cx.send.ok_async(changes).await
    }
}

/// The credentials of a user.
#[derive(Deserialize, JsonSchema)]
struct Credentials {
    #[schemars(length(min = 1))]
    name: String,
    /// At least 8 characters.
    #[schemars(length(min = 8))]
    password: String,
}

#[derive(Deserialize, JsonSchema)]
struct Form {
    credentials: from::Form<Credentials>,
    return_to: from::Query<Option<String>>,
}

endpoint! {
    SignIn(Form) -> () {
        |config| {
            config.post("/sign-in");
            config.allow_anonymous();
            config.answers_empty(303);
            config.answer_header(303, "Location", "Where the user came from.");
        }
    }
    |form, cx| {
        let Credentials { name, password } = form.credentials.into_inner();
        let _ = (name, password, form.return_to);
        cx.send.redirect_async(hyperpoint::Redirect::to("/orders").see_other()).await
    }
}

#[derive(Deserialize, JsonSchema)]
struct Book {
    title: String,
    cover: from::File,
    #[serde(default)]
    pages: Vec<from::File>,
}

endpoint! {
    /// Uploads a book.
    Upload(Book) -> u32 {
        |config| {
            config.post("/books");
            config.allow_anonymous();
        }
    }
    |book, cx| {
        let Book { title, cover, pages } = book;
        let _ = (title, cover);
        cx.send.ok_async(u32::try_from(pages.len()).unwrap_or(u32::MAX)).await
    }
}

#[derive(Deserialize, JsonSchema)]
struct WholeBody {
    id: u32,
    line: from::Body<Option<Line>>,
}

endpoint! {
    Whole(WholeBody) -> Option<u32> {
        |config| {
            config.put("/lines/{id}");
            config.allow_anonymous();
        }
    }
    |whole, cx| {
        let _ = whole.id;
        cx.send.ok_async(whole.line.into_inner().map(|line| line.quantity)).await
    }
}

endpoint! {
    RawBytes(Raw<Bytes>) -> () {
        |config| {
            config.post("/raw");
            config.allow_anonymous();
            config.takes("application/octet-stream");
            config.answers_media(200, "application/octet-stream");
        }
    }
    |raw, cx| cx.send.bytes_async(raw.body, "application/octet-stream").await
}

endpoint! {
    RawText(Raw<String>) -> String {
        |config| {
            config.put("/text");
            config.allow_anonymous();
        }
    }
    |raw, cx| cx.send.ok_async(raw.body).await
}

endpoint! {
    /// Asks with a body.
    Ask(Line) -> Vec<Line>, garde {
        |config| {
            config.query("/lines");
            config.allow_anonymous();
        }
    }
    |line, cx| cx.send.ok_async(vec![line]).await
}

/// A type that contains itself.
#[derive(Serialize, Deserialize, JsonSchema)]
struct Node {
    name: String,
    #[serde(default)]
    children: Vec<Node>,
}

endpoint! {
    Tree(()) -> Node {
        |config| {
            config.get("/tree");
            config.allow_anonymous();
        }
    }
    |(), cx| cx.send.ok_async(Node { name: "root".to_owned(), children: Vec::new() }).await
}

/// An error of the application's own.
#[derive(Serialize, JsonSchema)]
struct Failure {
    code: u16,
    message: String,
}

endpoint! {
    /// Refuses in a shape of its own.
    OwnErrors(Line) -> Line, garde {
        |config| {
            config.post("/own-errors");
            config.allow_anonymous();
            config.refuses([409]);
            config.errors::<Failure>("application/json");
            config.error_format(|problem| {
                let message = problem.title().to_owned();
                ErrorBody::json(&Failure { code: problem.status().as_u16(), message })
            });
        }
    }
    |line, cx| {
        if line.quantity > 100 {
            return Err(Problem::new(http::StatusCode::CONFLICT));
        }
        cx.send.ok_async(line).await
    }
}
