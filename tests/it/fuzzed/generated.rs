//! Generated inputs: 256 of each kind, or the number in `PROPTEST_CASES`.

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;

use super::{binding, routing};

/// Names that the endpoints use, and some that they do not.
const NAMES: [&str; 18] = [
    "id", "name", "sub", "user", "tier", "person", "q", "x-tenant", "x-levels", "session", "page",
    "size", "tags", "is_deep", "share", "text", "number", "list",
];

const VALUES: [&str; 16] = [
    "1",
    "-7",
    "evil",
    "",
    "true",
    "0.5",
    "ann",
    "a%20b",
    "%ff",
    "%",
    "1,2",
    "\"x\"",
    "65536",
    "é",
    "4294967296",
    "null",
];

const KINDS: [&str; 5] = [
    "application/json",
    "application/x-www-form-urlencoded",
    "application/problem+json; charset=utf-8",
    "text/plain",
    "",
];

fn pair() -> impl Strategy<Value = (String, String)> {
    let value = prop_oneof![select(&VALUES[..]).prop_map(str::to_owned), "[ -~]{0,6}"];
    (select(&NAMES[..]).prop_map(str::to_owned), value)
}

fn joined(pairs: &[(String, String)], between: &str, after: &str) -> String {
    let pairs = pairs.iter().map(|(name, value)| format!("{name}{between}{value}"));
    pairs.collect::<Vec<_>>().join(after)
}

/// JSON of any shape and of limited depth, with the names that the endpoints use.
fn json() -> impl Strategy<Value = String> {
    let leaf = prop_oneof![
        select(&["1", "-7", "\"evil\"", "null", "true", "0.5", "65536", "\"\\u00e9\""][..])
            .prop_map(str::to_owned),
        "[ -~]{0,4}",
    ];
    let names = prop_oneof![select(&NAMES[..]), select(&["Leaf", "Node", "left", "right"][..])];
    leaf.prop_recursive(4, 32, 5, move |inner| {
        let member =
            (names.clone(), inner.clone()).prop_map(|(name, value)| format!("{name:?}:{value}"));
        prop_oneof![
            vec(inner, 0..4).prop_map(|items| format!("[{}]", items.join(","))),
            vec(member, 0..7).prop_map(|members| format!("{{{}}}", members.join(","))),
        ]
    })
}

fn request() -> impl Strategy<Value = Vec<u8>> {
    let method = select(&["GET", "PUT", "POST", "DELETE", "HEAD", "OPTIONS", "PATCH"][..]);
    let place = select(&["sources", "whole", "form"][..]);
    let id = select(&["7", "0", "x", "%37", "4294967296", "-1", ""][..]);
    let name = prop_oneof![select(&["ann", "a%20b", "%C3%A9", "%ff", "%2F", "a+b"][..])];
    let body = prop_oneof![
        json().prop_map(String::into_bytes),
        vec(pair(), 0..6).prop_map(|pairs| joined(&pairs, "=", "&").into_bytes()),
        vec(any::<u8>(), 0..40),
    ];
    let parts = (vec(pair(), 0..5), vec(pair(), 0..5), vec(pair(), 0..3), select(&KINDS[..]), body);
    (method, place, id, name, parts).prop_map(
        |(method, place, id, name, (query, headers, cookies, kind, body))| {
            let query: String = joined(&query, "=", "&")
                .chars()
                .filter(|c| !" \"<>\\^`{|}#".contains(*c))
                .collect();
            let mut text = format!("{method} /{place}/{id}/{name}?{query}\n");
            for (name, value) in headers {
                text.extend([&*name, ": ", &*value, "\n"]);
            }
            let cookies = joined(&cookies, "=", "; ");
            text.extend(["cookie: ", &*cookies, "\ncontent-type: ", kind, "\n\n"]);
            let mut request = text.into_bytes();
            request.extend_from_slice(&body);
            request
        },
    )
}

/// Templates that are similar to each other, and paths that nearly match them.
fn routes() -> impl Strategy<Value = String> {
    let segment = select(&["a", "b", "ab", "{x}", "{x}", "{y}", "{*z}", ""][..]);
    let template = vec(segment, 0..4).prop_map(|segments| format!("/{}", segments.join("/")));
    let step = select(&["a", "b", "ab", "abc", "c", "", "x.y", ".", "..", "%61", "{x}"][..]);
    let path = vec(step, 0..5).prop_map(|segments| format!("/{}", segments.join("/")));
    (vec(template, 1..5), vec(path, 0..6))
        .prop_map(|(templates, paths)| format!("{}\n\n{}", templates.join("\n"), paths.join("\n")))
}

fn config() -> ProptestConfig {
    // A failing input is added to `fuzz/corpus` manually.
    ProptestConfig { failure_persistence: None, ..ProptestConfig::default() }
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn no_field_is_bound_from_another_source(data in request()) {
        binding::check(&data);
    }

    #[test]
    fn any_bytes_are_bound_or_refused(data in vec(any::<u8>(), 0..200)) {
        binding::check(&data);
    }

    #[test]
    fn paths_match_the_templates_a_reader_expects(data in routes()) {
        routing::check(data.as_bytes());
    }

    #[test]
    fn any_template_is_accepted_or_refused(data in "[/a{}*:?#% é\n]{0,40}") {
        routing::check(data.as_bytes());
    }
}
