//! The requirements that an endpoint sets for its users, kind by kind, and methods that are open to
//! anonymous users.

use http::{HeaderValue, Method, Request, request};
use hyperpoint::prelude::*;
use hyperpoint::{Application, AuthenticationScheme, Identity, QueryToken, async_trait};
use insta::assert_snapshot;
use serde_json::{Value, json};

use crate::http::{ask, endpoint};

/// Trusts the identity in a header, as JSON; only for tests.
struct IdentityHeader(&'static str);

#[async_trait]
impl AuthenticationScheme for IdentityHeader {
    fn name(&self) -> &str {
        self.0
    }

    fn challenge(&self, _: &request::Parts) -> HeaderValue {
        HeaderValue::from_static(self.0)
    }

    fn insufficient_scope(&self, scopes: &[String]) -> Option<HeaderValue> {
        HeaderValue::try_from(format!("{} wants {}", self.0, scopes.join(" "))).ok()
    }

    async fn authenticate(&self, request: &request::Parts) -> Result<Option<Identity>> {
        let text = QueryToken::of(request).or_else(|| request.headers.get(self.0)?.to_str().ok());
        let Some(Ok(Value::Object(told))) = text.map(serde_json::from_str) else {
            return Ok(None);
        };
        let mut user = Identity::user("ann");
        for (name, value) in told {
            let texts = value.as_array().into_iter().flatten().filter_map(Value::as_str);
            user = match name.as_str() {
                "roles" => texts.fold(user, |user, role| user.with_role(role)),
                "permissions" => texts.fold(user, |user, held| user.with_permission(held)),
                "scopes" => texts.fold(user, |user, scope| user.with_scope(scope)),
                _ => user.with_claim(name, value),
            };
        }
        Ok(Some(user))
    }
}

/// Returns whether an endpoint with this configuration admits the user.
async fn status<E: Endpoint>(user: &Value) -> u16 {
    let app = Host::empty().endpoint::<E>().authentication(IdentityHeader("told")).build().unwrap();
    status_of(&app, Method::GET, "/", &[("told", &user.to_string())]).await
}

async fn status_of(
    app: &Application,
    method: Method,
    target: &str,
    headers: &[(&str, &str)],
) -> u16 {
    let request = Request::builder().method(method).uri(target);
    let request = headers.iter().fold(request, |all, (name, value)| all.header(*name, *value));
    let answer = ask(app, request.body(String::new()).unwrap()).await;
    answer.split(' ').next().unwrap().parse().unwrap()
}

/// An endpoint on `/` with one requirement, the users that it admits, and those that it refuses.
macro_rules! admits_exactly {
    ($test:ident, $name:ident, |$config:ident| $configure:block, $in:expr, $out:expr) => {
        endpoint! {
            $name: () => ();
            |$config| {
                $config.get("/");
                $configure
            }
            |(), cx| { cx.send.ok_async(()).await }
        }

        #[tokio::test]
        async fn $test() {
            for user in $in {
                assert_eq!(status::<$name>(&user).await, 200, "{user}");
            }
            for user in $out {
                assert_eq!(status::<$name>(&user).await, 403, "{user}");
            }
        }
    };
}

admits_exactly!(
    any_of_the_roles_is_enough,
    AnyRole,
    |config| {
        config.roles(["clerk"]);
        config.roles(["admin"]);
    },
    [json!({"roles": ["clerk"]}), json!({"roles": ["x", "admin"]})],
    [json!({}), json!({"roles": ["x"]}), json!({"permissions": ["clerk"]})]
);

admits_exactly!(
    each_of_the_roles_is_required,
    AllRoles,
    |config| {
        config.roles_all(["clerk", "admin"]);
    },
    [json!({"roles": ["admin", "clerk"]})],
    [json!({"roles": ["clerk"]}), json!({"roles": []})]
);

admits_exactly!(
    a_permission_is_not_a_role,
    Permissions,
    |config| {
        config.permissions(["read", "write"]);
        config.permissions_all(["see", "hear"]);
    },
    [json!({"permissions": ["see", "read", "hear"]})],
    [
        json!({"permissions": ["see", "hear"]}),
        json!({"permissions": ["read", "see"]}),
        json!({"roles": ["see", "read", "hear"]})
    ]
);

admits_exactly!(
    a_claim_has_one_of_the_values_and_other_required_claims_apply_too,
    Claims,
    |config| {
        config.claim("tier", ["gold", "platinum"]);
        config.claim("region", ["eu"]);
    },
    [json!({"tier": "gold", "region": "eu"}), json!({"tier": ["x", "platinum"], "region": ["eu"]})],
    [json!({"tier": "gold"}), json!({"tier": "silver", "region": "eu"}), json!({"region": "eu"})]
);

admits_exactly!(
    a_claim_that_is_a_list_has_each_of_the_values,
    AllValues,
    |config| {
        config.claim_all("teams", ["red", "7"]);
    },
    [json!({"teams": ["red", 7, "blue"]})],
    [json!({"teams": "red"}), json!({"teams": ["red"]}), json!({})]
);

admits_exactly!(
    a_claim_is_present_whatever_its_value,
    Present,
    |config| {
        config.claims(["a", "b"]);
        config.claims_all(["c", "d"]);
    },
    [json!({"b": null, "c": 1, "d": {}})],
    [json!({"c": 1, "d": 1}), json!({"a": 1, "c": 1})]
);

admits_exactly!(
    every_policy_has_to_pass_beside_the_other_requirements,
    Policies,
    |config| {
        config.roles(["clerk"]);
        config.policy("adults", |user, _| {
            user.claim("age").is_some_and(|age| age.as_u64() > Some(17))
        });
        config.policy("readers", |_, request| request.method.is_safe());
    },
    [json!({"roles": ["clerk"], "age": 18})],
    [json!({"roles": ["clerk"], "age": 17}), json!({"age": 18})]
);

endpoint! {
    Scoped: () => ();
    |config| {
        config.get("/");
        config.scopes_all(["orders:read", "orders:write"]);
    }
    |(), cx| { cx.send.ok_async(()).await }
}

#[tokio::test]
async fn the_challenge_of_the_scheme_that_authenticated_the_user_names_a_missing_scope() {
    let host = Host::empty().endpoint::<Scoped>();
    let app = host
        .authentication(IdentityHeader("other"))
        .authentication(IdentityHeader("told"))
        .build()
        .unwrap();
    let request = Request::get("/").header("told", json!({"scopes": ["orders:read"]}).to_string());
    assert_snapshot!(ask(&app, request.body(String::new()).unwrap()).await, @r#"
    403 Forbidden
    content-type: application/problem+json
    www-authenticate: told wants orders:read orders:write

    {"type":"about:blank","title":"Forbidden","status":403,"detail":"not all required scopes were granted","instance":"/","traceId":"T"}
    "#);
    assert_eq!(status::<Scoped>(&json!({"scopes": ["orders:write", "orders:read"]})).await, 200);
}

endpoint! {
    Posts: () => ();
    |config| {
        config.get("/posts");
        config.post("/posts");
        config.allow_anonymous_verbs([Method::GET]);
        config.roles(["author"]);
    }
    |(), cx| { cx.send.ok_async(()).await }
}

#[tokio::test]
async fn anonymous_users_are_admitted_only_with_the_chosen_methods() {
    let app =
        Host::empty().endpoint::<Posts>().authentication(IdentityHeader("told")).build().unwrap();
    let author = [("told", r#"{"roles":["author"]}"#)];
    for (method, headers, expected) in [
        (Method::GET, &[][..], 200),
        (Method::HEAD, &[], 200),
        (Method::POST, &[], 401),
        (Method::POST, &[("told", "{}")], 403),
        (Method::GET, &[("told", "{}")], 200),
        (Method::POST, &author, 200),
    ] {
        assert_eq!(status_of(&app, method.clone(), "/posts", headers).await, expected, "{method}");
    }
}

endpoint! {
    ByKey: () => ();
    |config| {
        config.get("/");
        config.schemes(["key"]);
    }
    |(), cx| {
        let scheme = cx.identity.scheme().unwrap_or_default().to_owned();
        cx.send.string_async(scheme).await
    }
}

#[tokio::test]
async fn an_endpoint_uses_only_the_schemes_that_it_names() {
    let host = Host::empty().endpoint::<ByKey>();
    let app = host
        .authentication(IdentityHeader("told"))
        .authentication(IdentityHeader("key"))
        .build()
        .unwrap();
    let by = |name: &str| Request::get("/").header(name, "{}").body(String::new()).unwrap();
    assert!(ask(&app, by("key")).await.ends_with("\nkey"));
    assert_snapshot!(ask(&app, by("told")).await, @r#"
    401 Unauthorized
    content-type: application/problem+json
    www-authenticate: key

    {"type":"about:blank","title":"Unauthorized","status":401,"detail":"the request has no valid credentials","instance":"/","traceId":"T"}
    "#);
}

endpoint! {
    InQuery: () => ();
    |config| {
        config.get("/live");
        config.allow_query_token("access_token");
    }
    |(), cx| {
        let told = format!("{} asks for {}", cx.identity.subject().unwrap_or("nobody"), cx.request.uri);
        cx.send.string_async(told).await
    }
}

endpoint! {
    OutOfQuery: () => ();
    |config| { config.post("/live"); }
    |(), cx| { cx.send.ok_async(()).await }
}

#[tokio::test]
async fn a_token_in_the_query_is_accepted_if_allowed_and_removed_before_the_handler_runs() {
    let host = Host::empty().endpoint::<InQuery>().endpoint::<OutOfQuery>();
    let app = host.authentication(IdentityHeader("told")).build().unwrap();
    let get = |target: &str| Request::get(target).body(String::new()).unwrap();
    let answer = ask(&app, get("/live?a=1&access_token=%7B%7D&b")).await;
    assert!(answer.ends_with("\nann asks for /live?a=1&b"), "{answer}");
    assert!(ask(&app, get("/live?token=%7B%7D")).await.starts_with("401 "));
    let post = Request::post("/live?access_token=%7B%7D").body(String::new()).unwrap();
    assert!(ask(&app, post).await.starts_with("401 "));
}
