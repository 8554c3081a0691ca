//! Values that are signed for one purpose, presented to other schemes that share the keys.

use http::{Request, StatusCode, header::SET_COOKIE};
use hyperpoint::prelude::*;
use hyperpoint::schemes::{CookieSessions, SigningKeys, Tickets};
use hyperpoint::{Application, Identity};
use tower::ServiceExt;

use crate::http::endpoint;

macro_rules! only {
    ($name:ident, $path:literal, $scheme:literal) => {
        endpoint! {
            $name: () => ();
            |config| {
                config.get($path);
                config.schemes([$scheme]);
                config.allow_query_token("token");
            }
            |(), cx| { cx.send.string_async(cx.identity.scheme().unwrap_or_default()).await }
        }
    };
}

only!(ForUser, "/user", "user");
only!(ForAdmin, "/admin", "admin");
only!(ForTicket, "/ticket", "ticket");
only!(ForOther, "/other", "other");

/// Two session schemes and two ticket schemes, and one value for each.
struct Site {
    app: Application,
    values: Vec<(&'static str, String)>,
}

impl Site {
    fn new() -> Self {
        let keys = SigningKeys::new([7; 32]);
        let sessions = |name| CookieSessions::new(keys.clone()).named(name).cookie_name(name);
        let (user, admin) = (sessions("user"), sessions("admin"));
        let tickets = |name| Tickets::new(keys.clone()).named(name);
        let (ticket, other) = (tickets("ticket"), tickets("other"));
        let ann = Identity::user("ann");
        let (head, ()) = Request::post("/").body(()).unwrap().into_parts();
        let value = |sessions: &CookieSessions| {
            let cookie = sessions.sign_in(&head, &ann).unwrap();
            let pair = cookie.to_str().unwrap().split(';').next().unwrap();
            pair.split_once('=').unwrap().1.to_owned()
        };
        let values = vec![
            ("user", value(&user)),
            ("admin", value(&admin)),
            ("ticket", ticket.issue(&ann, "/ticket").unwrap()),
            ("other", other.issue(&ann, "/other").unwrap()),
        ];
        let host = Host::empty().endpoint::<ForUser>().endpoint::<ForAdmin>();
        let host = host.endpoint::<ForTicket>().endpoint::<ForOther>();
        let host = host.authentication(user).authentication(admin);
        let app = host.authentication(ticket).authentication(other).build().unwrap();
        Self { app, values }
    }

    /// Sends this value in every location to the endpoint of one scheme, and returns the status.
    async fn ask(&self, scheme: &str, value: &str) -> StatusCode {
        let request = Request::get(format!("/{scheme}?token={value}"));
        let request = request.header("cookie", format!("user={value}; admin={value}"));
        self.app.clone().oneshot(request.body(String::new()).unwrap()).await.unwrap().status()
    }
}

#[tokio::test]
async fn a_value_signed_for_one_scheme_is_invalid_for_others_with_the_same_keys() {
    let site = Site::new();
    for (of, value) in &site.values {
        for (scheme, _) in &site.values {
            let expected = if scheme == of { StatusCode::OK } else { StatusCode::UNAUTHORIZED };
            assert_eq!(site.ask(scheme, value).await, expected, "a value of {of} at {scheme}");
        }
    }
}

#[tokio::test]
async fn a_ticket_for_one_path_is_invalid_for_other_paths() {
    let keys = SigningKeys::new([7; 32]);
    let tickets = Tickets::new(keys.clone());
    let elsewhere = tickets.issue(&Identity::user("ann"), "/user").unwrap();
    assert_eq!(Site::new().ask("ticket", &elsewhere).await, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn schemes_with_one_name_in_two_processes_share_their_sessions() {
    let (one, other) = (Site::new(), Site::new());
    assert_eq!(other.ask("user", &one.values[0].1).await, StatusCode::OK);
}

#[test]
fn the_values_of_two_sign_ins_differ() {
    let sessions = CookieSessions::new(SigningKeys::new([7; 32]));
    let (head, ()) = Request::post("/").body(()).unwrap().into_parts();
    let sign_in = || sessions.sign_in(&head, &Identity::user("ann")).unwrap();
    assert_ne!(sign_in(), sign_in(), "{SET_COOKIE}");
}
