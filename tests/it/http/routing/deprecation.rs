//! Deprecated endpoints: the headers `Deprecation` and `Sunset`.

use http::{Request, StatusCode};
use hyperpoint::Deprecation;
use hyperpoint::prelude::*;
use insta::assert_snapshot;

use crate::http::{ask, endpoint, get};

struct Old;

impl Group for Old {
    fn configure(group: &mut GroupConfig) {
        group.version(1);
        group.deprecated(Deprecation::since("2026-03-01").sunset("2026-12-31"));
    }
}

endpoint! {
    UsersOfOld: () => ();
    |config| {
        config.get("/users");
        config.allow_anonymous();
        config.group::<Old>();
    }
    |(), cx| { cx.send.string_async("old").await }
}
endpoint! {
    Users: () => ();
    |config| {
        config.get("/users");
        config.version(2);
        config.allow_anonymous();
    }
    |(), cx| { cx.send.string_async("new").await }
}
endpoint! {
    Gone: () => Events<u32>;
    |config| {
        config.get("/gone");
        config.group::<Old>();
        config.allow_anonymous();
        config.deprecated(Deprecation::since("2027-01-01").see("https://api.example/changes"));
    }
    |(), cx| { cx.send.status_async(StatusCode::GONE).await }
}

#[tokio::test]
async fn every_response_of_a_deprecated_endpoint_announces_it() {
    let host = Host::empty().endpoint::<UsersOfOld>().endpoint::<Users>().endpoint::<Gone>();
    let app = host.build().unwrap();
    assert_snapshot!(get(&app, "/v1/users").await, @"
    200 OK
    content-type: text/plain; charset=utf-8
    deprecation: @1772323200
    sunset: Thu, 31 Dec 2026 00:00:00 GMT

    old
    ");
    assert_snapshot!(get(&app, "/v2/users").await, @"
    200 OK
    content-type: text/plain; charset=utf-8

    new
    ");
    assert_snapshot!(get(&app, "/v1/gone").await, @r#"
    410 Gone
    content-type: application/problem+json
    deprecation: @1798761600
    link: <https://api.example/changes>; rel="deprecation"

    {"type":"about:blank","title":"Gone","status":410,"instance":"/v1/gone","traceId":"T"}
    "#);
    let request = Request::get("/v1/gone").header("accept", "image/png");
    assert_snapshot!(ask(&app, request.body(String::new()).unwrap()).await, @r#"
    406 Not Acceptable
    content-type: application/problem+json
    deprecation: @1798761600
    link: <https://api.example/changes>; rel="deprecation"

    {"type":"about:blank","title":"Not Acceptable","status":406,"detail":"this endpoint responds with text/event-stream","instance":"/v1/gone","traceId":"T"}
    "#);
    assert!(get(&app, "/users").await.starts_with("404"));
}
