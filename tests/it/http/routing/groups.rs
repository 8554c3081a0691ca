//! Groups, defaults of a host, and versions: the resulting paths, and which settings apply.

use http::{HeaderValue, Request, header, request};
use hyperpoint::prelude::*;
use hyperpoint::{Application, AuthenticationScheme, Identity, async_trait};
use insta::assert_debug_snapshot;
use tower::ServiceExt;

use crate::http::endpoint;

/// Authenticates the user and the roles that the client claims: `authorization: ann admin clerk`.
struct ClaimedUser;

#[async_trait]
impl AuthenticationScheme for ClaimedUser {
    fn challenge(&self, _: &request::Parts) -> HeaderValue {
        HeaderValue::from_static("ClaimedUser")
    }

    async fn authenticate(&self, request: &request::Parts) -> Result<Option<Identity>> {
        let said = request.headers.get(header::AUTHORIZATION).and_then(|said| said.to_str().ok());
        let mut words = said.unwrap_or_default().split_whitespace();
        let user = words.next().map(Identity::user);
        Ok(user.map(|user| words.fold(user, |user, role| user.with_role(role))))
    }
}

struct Admin;

impl Group for Admin {
    fn configure(group: &mut GroupConfig) {
        group.roles(["admin"]);
        group.prefix("/admin");
        group.body_limit_bytes(4);
    }
}

struct Books;

impl Group for Books {
    fn configure(group: &mut GroupConfig) {
        group.prefix("/{tenant}/books");
        group.group::<Admin>();
        group.roles(["clerk"]);
    }
}

struct Open;

impl Group for Open {
    fn configure(group: &mut GroupConfig) {
        group.prefix("/open");
        group.allow_anonymous();
        group.version(3);
    }
}

/// A tenant and the rest of the path.
#[derive(Deserialize, JsonSchema)]
struct Tenant {
    tenant: String,
}

/// Writes an endpoint that responds with its own name.
macro_rules! named {
    ($name:ident: $request:ty, |$config:ident| $configure:block) => {
        endpoint! {
            $name: $request => ();
            |$config| $configure
            |_, cx| { cx.send.string_async(stringify!($name)).await }
        }
    };
}

named!(AdminRoot: (), |config| {
    config.group::<Admin>();
    config.get("/");
});
// The group comes last, and sets the same values.
named!(ReadBook: serde_json::Value, |config| {
    config.get("/{id}");
    config.roles(["reader"]);
    config.group::<Books>();
});
endpoint! {
    WriteBook: Tenant => String;
    |config| {
        config.group::<Books>();
        config.post("/");
        config.body_limit_bytes(1024);
        config.allow_anonymous();
    }
    |request, cx| { cx.send.ok_async(request.tenant).await }
}
named!(OpenToAll: (), |config| {
    config.group::<Open>();
    config.get("/all");
});
named!(OpenToUsers: (), |config| {
    config.group::<Open>();
    config.get("/users");
    config.authenticated();
    config.version(4);
});
named!(OpenToClerks: (), |config| {
    config.group::<Open>();
    config.get("/clerks/v{}");
    config.roles(["clerk"]);
});
named!(Unversioned: (), |config| {
    config.group::<Open>();
    config.get("/plain");
    config.unversioned();
});

fn host() -> Host {
    Host::empty()
        .endpoint::<AdminRoot>()
        .endpoint::<ReadBook>()
        .endpoint::<WriteBook>()
        .endpoint::<OpenToAll>()
        .endpoint::<OpenToUsers>()
        .endpoint::<OpenToClerks>()
        .endpoint::<Unversioned>()
        .authentication(ClaimedUser)
}

async fn status(app: &Application, path: &str, user: &str) -> u16 {
    let request = Request::get(path).header(header::AUTHORIZATION, user);
    let request = request.body(String::new()).unwrap();
    app.clone().oneshot(request).await.unwrap().status().as_u16()
}

async fn check(app: &Application, path: &str, expected: &[(&str, u16)]) {
    for (user, expected) in expected {
        assert_eq!(status(app, path, user).await, *expected, "{path} as {user:?}");
    }
}

#[test]
fn routes_have_the_prefixes_of_their_host_and_groups_and_their_version() {
    let app = host().defaults(|all| all.prefix("/api")).build().unwrap();
    assert_debug_snapshot!(app.routes(), @r#"
    [
        "GET     /api/admin  it::http::routing::groups::AdminRoot",
        "POST    /api/admin/{tenant}/books  it::http::routing::groups::WriteBook",
        "GET     /api/admin/{tenant}/books/{id}  it::http::routing::groups::ReadBook",
        "GET     /api/open/clerks/v3  it::http::routing::groups::OpenToClerks",
        "GET     /api/open/plain  it::http::routing::groups::Unversioned",
        "GET     /api/v3/open/all  it::http::routing::groups::OpenToAll",
        "GET     /api/v4/open/users  it::http::routing::groups::OpenToUsers",
    ]
    "#);
}

#[test]
fn a_host_sets_the_position_of_versions_in_paths() {
    let host = Host::empty().endpoint::<OpenToAll>().endpoint::<Unversioned>();
    let app = host.defaults(|all| all.prefix("/r{}/api")).build().unwrap();
    assert_debug_snapshot!(app.routes(), @r#"
    [
        "GET     /api/open/plain  it::http::routing::groups::Unversioned",
        "GET     /r3/api/open/all  it::http::routing::groups::OpenToAll",
    ]
    "#);
}

#[tokio::test]
async fn requirements_of_all_levels_apply() {
    let app = host().build().unwrap();
    check(&app, "/admin", &[("", 401), ("ann", 403), ("ann clerk", 403), ("ann admin", 200)]).await;
    let book = "/admin/acme/books/7";
    check(&app, book, &[("", 401), ("ann admin", 403), ("ann admin clerk", 403)]).await;
    check(&app, book, &[("ann clerk reader", 403), ("ann admin clerk reader", 200)]).await;
}

#[tokio::test]
async fn the_nearest_setting_allows_or_denies_anonymous_users() {
    let app = host().build().unwrap();
    check(&app, "/v3/open/all", &[("", 200), ("ann", 200)]).await;
    check(&app, "/v4/open/users", &[("", 401), ("ann", 200)]).await;
    check(&app, "/open/clerks/v3", &[("", 401), ("ann", 403), ("ann clerk", 200)]).await;
    check(&app, "/open/plain", &[("", 200)]).await;
}

#[tokio::test]
async fn settings_of_an_endpoint_win() {
    let app = host().defaults(|all| all.body_limit_bytes(2)).build().unwrap();
    let post = |body: &str| {
        let request = Request::post("/admin/acme/books").header("content-type", "application/json");
        app.clone().oneshot(request.body(body.to_owned()).unwrap())
    };
    // Open to anonymous users although its groups require roles, and with its own limit.
    assert_eq!(post("{\"a\": 12}").await.unwrap().status(), 200);
    let long = format!("{{\"a\": \"{}\"}}", "x".repeat(1024));
    assert_eq!(post(&long).await.unwrap().status(), 413);
}

#[tokio::test]
async fn defaults_of_the_host_apply_where_nothing_else_is_set() {
    named!(Plain: (), |config| {
        config.get("/plain");
    });
    let host =
        || Host::empty().endpoint::<Plain>().endpoint::<AdminRoot>().authentication(ClaimedUser);
    let open = host().defaults(|all| all.allow_anonymous()).build().unwrap();
    check(&open, "/plain", &[("", 200)]).await;
    check(&open, "/admin", &[("", 401), ("ann", 403)]).await;
    let closed = host().defaults(|all| all.roles(["staff"])).build().unwrap();
    check(&closed, "/plain", &[("", 401), ("ann", 403), ("ann staff", 200)]).await;
    check(&closed, "/admin", &[("ann admin", 403), ("ann admin staff", 200)]).await;
}
