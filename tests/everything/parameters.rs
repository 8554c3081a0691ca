//! Parameters of every place and kind.

use garde::Validate;
use hyperpoint::openapi::Describe;
use hyperpoint::prelude::*;
use hyperpoint::{Deprecation, LOOPBACK_HOSTS, RateLimit};

use super::endpoint::endpoint;
use super::second::Second;

pub(super) fn add(host: Host) -> Host {
    host.endpoint::<Search>()
        .endpoint::<Places>()
        .endpoint::<Constrained>()
        .endpoint::<Rest>()
        .endpoint::<Old>()
        .endpoint::<Whoever>()
        .endpoint::<Scoped>()
        .endpoint::<Several>()
        .endpoint::<Hidden>()
}

/// How results are sorted.
#[derive(Clone, Copy, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
enum Order {
    /// The newest first.
    NewestFirst,
    OldestFirst,
}

/// A filter within the query.
#[derive(Serialize, Deserialize, JsonSchema)]
struct Filter {
    /// The name to look for.
    name: Option<String>,
    least: Option<u32>,
}

/// What is searched for.
#[derive(Serialize, Deserialize, JsonSchema, Validate)]
#[garde(allow_unvalidated)]
struct Query {
    /// The text to look for.
    #[garde(length(chars, min = 1, max = 40))]
    text: String,
    #[garde(range(min = 1, max = 100))]
    limit: Option<u8>,
    #[serde(default)]
    tags: Vec<String>,
    order: Option<Order>,
    filter: Option<Filter>,
    #[serde(default)]
    exact: bool,
}

endpoint! {
    /// Searches.
    ///
    /// Returns what was asked, in the order of the fields.
    Search(Query) -> Query, garde {
        |config| {
            config.get("/search");
            config.allow_anonymous();
            config.rate_limit(RateLimit::per_second(100_000));
            config.allowed_hosts(LOOPBACK_HOSTS);
        }
    }
    |query, cx| cx.send.ok_async(query).await
}

/// Values from every place but the body.
#[derive(Deserialize, JsonSchema)]
struct FromAnywhere {
    id: u32,
    page: from::Query<Option<u16>>,
    #[serde(rename = "x-tenant")]
    tenant: from::Header<Option<String>>,
    #[serde(rename = "x-numbers")]
    numbers: from::Header<Option<u8>>,
    theme: from::Cookie<Option<String>>,
    sub: from::Claim<String>,
}

endpoint! {
    Places(FromAnywhere) -> Vec<String> {
        |config| {
            config.get("/places/{id}");
            config.roles(["clerk", "admin"]);
        }
    }
    |from, cx| {
        let texts = [
            Some(from.id.to_string()),
            from.page.map(|page| page.to_string()),
            from.tenant.into_inner(),
            from.numbers.map(|number| number.to_string()),
            from.theme.into_inner(),
            Some(from.sub.into_inner()),
        ];
        cx.send.ok_async(texts.into_iter().flatten().collect()).await
    }
}

#[derive(Deserialize, JsonSchema)]
struct Keys {
    id: u64,
    key: Uuid,
    code: String,
}

endpoint! {
    /// Reads by constrained parameters.
    Constrained(Keys) -> String {
        |config| {
            config.get("/constrained/{id:int}/{key:uuid}/{code:digits(2,4)}");
            config.allow_anonymous();
        }
    }
    |keys, cx| {
        let Keys { id, key, code } = keys;
        cx.send.ok_async(format!("{id} {key} {code}")).await
    }
}

#[derive(Deserialize, JsonSchema)]
struct Path {
    path: String,
}

endpoint! {
    Rest(Path) -> () {
        |config| {
            config.get("/rest/{*path}");
            config.allow_anonymous();
            config.answers_media(200, "text/plain");
            config.operation_id("readRest");
        }
    }
    |Path { path }, cx| cx.send.string_async(path).await
}

endpoint! {
    /// The old way.
    Old(()) -> u32 {
        |config| {
            config.get("/old");
            config.group::<Second>();
            config.allow_anonymous();
            config.deprecated(Deprecation::since("2026-01-01").sunset("2027-01-01"));
        }
    }
    |(), cx| cx.send.ok_async(7).await
}

endpoint! {
    /// Returns the user.
    Whoever(()) -> String {
        |config| {
            config.get("/any-scheme");
            config.schemes(["api-key"]);
        }
    }
    |(), cx| cx.send.ok_async(cx.identity.subject().unwrap_or_default().to_owned()).await
}

endpoint! {
    Scoped(()) -> () {
        |config| {
            config.get("/scoped");
            config.scopes(["orders:write"]);
            config.policy("on weekdays", |_, _| true);
            config.answers_empty(204);
        }
    }
    |(), cx| cx.send.no_content_async().await
}

endpoint! {
    Several(()) -> Option<u32> {
        |config| {
            config.routes(["/several", "/several/more"]);
            config.verbs([http::Method::GET, http::Method::DELETE]);
            config.allow_anonymous();
        }
    }
    |(), cx| cx.send.ok_async(None).await
}

endpoint! {
    Hidden(()) -> String {
        |config| {
            config.get("/hidden");
            config.allow_anonymous();
            config.undocumented();
        }
    }
    |(), cx| cx.send.ok_async("hidden".into()).await
}
