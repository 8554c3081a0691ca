//! Authorization under every combination of the access settings of host, group and endpoint. The
//! expected result follows from three rules, and not from the code that combines levels:
//!
//! 1. A level that allows anonymous users for every method and also sets a requirement, or whose
//!    requirement names nothing where a name is needed, is a configuration error.
//! 2. The nearest level with any setting decides which methods are open; without such a level, none
//!    is.
//! 3. A method that is not open needs a user of one of the nearest level's schemes who meets the
//!    requirements of every level.

use std::cell::Cell;

use http::{HeaderValue, Method, Request, StatusCode, request};
use hyperpoint::prelude::*;
use hyperpoint::{Application, AuthenticationScheme, Identity, Settings, async_trait};
use tower::ServiceExt;

use crate::http::endpoint;

/// The access settings of one level.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Level {
    Nothing,
    Open,
    OpenGet,
    User,
    Role,
    Permission,
    Scope,
    Claim,
    Policy,
    Scheme,
    OtherScheme,
    RoleByScheme,
    OpenGetElseRole,
    OpenGetElseScheme,
    OpenAndGet,
    OpenAndUser,
    OpenAndRole,
    OpenAndPolicy,
    OpenAndScheme,
    NoScheme,
    NoVerb,
    NoRole,
}

use Level::{
    Claim, NoRole, NoScheme, NoVerb, Nothing, Open, OpenAndGet, OpenAndPolicy, OpenAndRole,
    OpenAndScheme, OpenAndUser, OpenGet, OpenGetElseRole, OpenGetElseScheme, OtherScheme,
    Permission, Policy, Role, RoleByScheme, Scheme, Scope, User,
};

const SOUND: [Level; 14] = [
    Nothing,
    Open,
    OpenGet,
    User,
    Role,
    Permission,
    Scope,
    Claim,
    Policy,
    Scheme,
    OtherScheme,
    RoleByScheme,
    OpenGetElseRole,
    OpenGetElseScheme,
];

const WRONG: [Level; 8] =
    [OpenAndGet, OpenAndUser, OpenAndRole, OpenAndPolicy, OpenAndScheme, NoScheme, NoVerb, NoRole];

impl Level {
    fn configure(self, settings: &mut Settings) {
        if matches!(
            self,
            Open | OpenAndGet | OpenAndUser | OpenAndRole | OpenAndPolicy | OpenAndScheme
        ) {
            settings.allow_anonymous();
        }
        if matches!(self, OpenGet | OpenGetElseRole | OpenGetElseScheme | OpenAndGet) {
            settings.allow_anonymous_verbs([Method::GET]);
        }
        if matches!(self, Role | RoleByScheme | OpenGetElseRole | OpenAndRole) {
            settings.roles(["clerk"]);
        }
        if matches!(self, Scheme | RoleByScheme | OpenGetElseScheme | OpenAndScheme) {
            settings.schemes(["key"]);
        }
        match self {
            User | OpenAndUser => settings.authenticated(),
            Permission => settings.permissions(["see"]),
            Scope => settings.scopes(["read"]),
            Claim => settings.claim("tier", ["gold"]),
            Policy | OpenAndPolicy => {
                settings.policy("adults", |user, _| user.has_claim("adult", "true"));
            }
            OtherScheme => settings.schemes(["other"]),
            NoScheme => settings.schemes([]),
            NoVerb => settings.allow_anonymous_verbs([]),
            NoRole => settings.roles([]),
            _ => {}
        }
    }

    /// Returns the schemes that the level names.
    fn scheme(self) -> Option<&'static str> {
        match self {
            Scheme | RoleByScheme | OpenGetElseScheme => Some("key"),
            OtherScheme => Some("other"),
            _ => None,
        }
    }

    /// Returns what the level requires of a user of any scheme.
    fn requires(self) -> Option<&'static str> {
        match self {
            Role | RoleByScheme | OpenGetElseRole => Some("role"),
            Permission => Some("permission"),
            Scope => Some("scope"),
            Claim => Some("claim"),
            Policy => Some("policy"),
            _ => None,
        }
    }

    /// Returns whether the method is open on this level.
    fn opens(self, method: &Method) -> bool {
        match self {
            Open => true,
            OpenGet | OpenGetElseRole | OpenGetElseScheme => method == Method::GET,
            _ => false,
        }
    }
}

/// Every requirement that any level sets.
const REQUIRED: [&str; 5] = ["role", "permission", "scope", "claim", "policy"];

/// The statuses that clients get: an anonymous client, one user of each scheme who meets every
/// requirement, and users of the scheme `key` who lack one requirement each.
#[derive(Debug, PartialEq, Eq)]
struct Outcome {
    nobody: u16,
    by_key: u16,
    by_other: u16,
    lacking: [u16; 5],
}

/// Returns the expected result for three levels, the nearest first.
fn expected(levels: [Level; 3], method: &Method) -> Outcome {
    let deciding = levels.into_iter().find(|level| *level != Nothing);
    if deciding.is_some_and(|level| level.opens(method)) {
        return Outcome { nobody: 200, by_key: 200, by_other: 200, lacking: [200; 5] };
    }
    let scheme = levels.into_iter().find_map(Level::scheme);
    let known = |name, status| if scheme.is_none_or(|asked| asked == name) { status } else { 401 };
    let is_required = |what| levels.into_iter().any(|level| level.requires() == Some(what));
    let lacking = |what| known("key", if is_required(what) { 403 } else { 200 });
    Outcome {
        nobody: 401,
        by_key: known("key", 200),
        by_other: known("other", 200),
        lacking: REQUIRED.map(lacking),
    }
}

thread_local! {
    /// The settings of endpoint, group and host while a host is built.
    static LEVELS: Cell<[Level; 3]> = const { Cell::new([Nothing; 3]) };
}

struct Shop;

impl Group for Shop {
    fn configure(group: &mut GroupConfig) {
        LEVELS.get()[1].configure(group);
    }
}

endpoint! {
    Orders: () => ();
    |config| {
        config.group::<Shop>();
        config.get("/orders");
        config.post("/orders");
        LEVELS.get()[0].configure(config);
    }
    |(), cx| { cx.send.ok_async(()).await }
}

/// Authenticates a user by a header with the scheme's name; the header names what the user lacks.
struct Header(&'static str);

#[async_trait]
impl AuthenticationScheme for Header {
    fn name(&self) -> &str {
        self.0
    }

    fn challenge(&self, _: &request::Parts) -> HeaderValue {
        HeaderValue::from_static(self.0)
    }

    async fn authenticate(&self, request: &request::Parts) -> Result<Option<Identity>> {
        let Some(lacks) = request.headers.get(self.0) else {
            return Ok(None);
        };
        let has = REQUIRED.into_iter().filter(|what| lacks != what);
        Ok(Some(has.fold(Identity::user("ann"), |ann, what| match what {
            "role" => ann.with_role("clerk"),
            "permission" => ann.with_permission("see"),
            "scope" => ann.with_scope("read"),
            "claim" => ann.with_claim("tier", "gold"),
            _ => ann.with_claim("adult", true),
        })))
    }
}

fn build(levels: [Level; 3]) -> Result<Application, HostError> {
    LEVELS.set(levels);
    let host = Host::empty().endpoint::<Orders>().defaults(|all| levels[2].configure(all));
    host.authentication(Header("key")).authentication(Header("other")).build()
}

async fn status(app: &Application, method: &Method, user: Option<(&str, &str)>) -> u16 {
    let request = Request::builder().method(method).uri("/orders");
    let request = user.into_iter().fold(request, |all, (name, has)| all.header(name, has));
    let answer = app.clone().oneshot(request.body(String::new()).unwrap()).await.unwrap();
    answer.status().as_u16()
}

#[tokio::test]
async fn the_nearest_level_decides_and_every_requirement_applies() {
    for endpoint in SOUND {
        for group in SOUND {
            for host in SOUND {
                let levels = [endpoint, group, host];
                let app = build(levels).unwrap();
                for method in [Method::GET, Method::POST] {
                    let mut lacking = [0; 5];
                    for (what, status) in REQUIRED.iter().zip(&mut lacking) {
                        *status = self::status(&app, &method, Some(("key", what))).await;
                    }
                    let outcome = Outcome {
                        nobody: status(&app, &method, None).await,
                        by_key: status(&app, &method, Some(("key", "nothing"))).await,
                        by_other: status(&app, &method, Some(("other", "nothing"))).await,
                        lacking,
                    };
                    assert_eq!(outcome, expected(levels, &method), "{method} by {levels:?}");
                }
            }
        }
    }
}

#[test]
fn a_contradictory_level_is_an_error_whatever_the_others_set() {
    for wrong in WRONG {
        for sound in SOUND {
            for levels in
                [[wrong, sound, Nothing], [sound, wrong, Nothing], [sound, Nothing, wrong]]
            {
                assert!(build(levels).is_err(), "{levels:?}");
            }
        }
    }
}

endpoint! {
    /// An endpoint all of whose methods may be opened by its own level.
    Prices: () => ();
    |config| {
        config.get("/prices");
        LEVELS.get()[0].configure(config);
    }
    |(), cx| { cx.send.ok_async(()).await }
}

#[test]
fn a_requirement_beside_anonymous_methods_needs_a_method_that_is_not_open() {
    for (level, is_sound) in
        [(OpenGet, true), (OpenGetElseRole, false), (OpenGetElseScheme, false), (Scheme, true)]
    {
        LEVELS.set([level; 3]);
        let host = Host::empty().endpoint::<Prices>().authentication(Header("key"));
        assert_eq!(host.build().is_ok(), is_sound, "{level:?}");
    }
}

#[tokio::test]
async fn a_group_that_names_schemes_closes_the_endpoints_of_an_open_host() {
    let app = build([Nothing, Scheme, Open]).unwrap();
    let request = Request::get("/orders").body(String::new()).unwrap();
    let answer = app.oneshot(request).await.unwrap();
    assert_eq!(answer.status(), StatusCode::UNAUTHORIZED);
    assert_eq!(answer.headers()["www-authenticate"], "key");
}
