//! Configuration errors in what is said for the document.

use hyperpoint::openapi::{Describe, ServeOpenApi};
use hyperpoint::prelude::*;
use serde_json::json;

use crate::http::endpoint;

#[derive(Deserialize, JsonSchema)]
#[expect(dead_code, reason = "only the schema is used")]
struct Line {
    item: String,
    quantity: u8,
}

endpoint! {
    Misfit: Line => Vec<u8>;
    |config| {
        config.allow_anonymous();
        config.post("/misfit");
        config.example("no quantity", &json!({ "item": "tea" }));
        config.example("too many", &json!({ "item": "tea", "quantity": 300 }));
        config.answer_example(200, "texts", &json!(["a"]));
        config.answer_example(204, "none", &json!(1));
    }
    |_, cx| { cx.send.status_async(http::StatusCode::OK).await }
}
endpoint! {
    First: () => ();
    |config| {
        config.allow_anonymous();
        config.get("/first");
        config.operation_id("same");
    }
    |(), cx| { cx.send.status_async(http::StatusCode::OK).await }
}
endpoint! {
    Second: () => ();
    |config| {
        config.allow_anonymous();
        config.get("/second");
        config.operation_id("same");
    }
    |(), cx| { cx.send.status_async(http::StatusCode::OK).await }
}
endpoint! {
    NoStream: () => ();
    |config| {
        config.allow_anonymous();
        config.get("/no-stream");
        config.event("price");
        config.answers(20);
        config.refuses([777]);
    }
    |(), cx| { cx.send.status_async(http::StatusCode::OK).await }
}

fn errors(host: Host) -> Vec<String> {
    let error = host.build().unwrap_err().to_string();
    error
        .lines()
        .filter_map(|line| line.split_once("): ").map(|(_, text)| text.to_owned()))
        .collect()
}

#[test]
fn every_error_is_reported_at_once() {
    let host = Host::empty().endpoint::<Misfit>().endpoint::<First>().endpoint::<Second>();
    let host = host.endpoint::<NoStream>().openapi(|api| api.allow_anonymous());
    let errors = errors(host);
    let expected = [
        "the example `no quantity` does not fit the request: `quantity` is missing",
        "the example `too many` does not fit the request: `quantity` is out of bounds: \
         `maximum` is 255",
        "the example `texts` does not fit the response 200: `[0]` is not of type integer",
        "the example `none` is for the response 204, which the endpoint does not send; declare the status with \
         `answers(204)` or `refuses([204])`",
        "the operation id `same` is taken by `",
        "`20` is not a valid response status; use 200 to 599",
        "`777` is not a valid response status; use 200 to 599",
        "declares events, but the response is not an event stream; remove the declaration",
    ];
    for text in expected {
        assert!(
            errors.iter().any(|error| error.starts_with(text)),
            "{text}\n{}",
            errors.join("\n")
        );
    }
    assert_eq!(errors.len(), expected.len(), "{}", errors.join("\n"));
}

endpoint! {
    Odd: Line => Events<u8>;
    |config| {
        config.allow_anonymous();
        config.post("/odd");
        config.operation_id("");
        config.answers(200);
        config.answers_with::<Vec<u8>>(204);
        config.answers_empty(205);
        config.answers_media(202, "pdf");
        config.errors::<u8>("json");
        config.refuses([404, 201, 304]);
        config.example("tea", &json!({ "item": "tea", "quantity": 1 }));
        config.example("tea", &json!({ "item": "green tea", "quantity": 1 }));
        config.answer_example(205, "tea", &json!(1));
        config.event("a\nb");
    }
    |_, cx| { cx.send.status_async(http::StatusCode::OK).await }
}
endpoint! {
    OddBody: hyperpoint::Raw<bytes::Bytes> => Events<u8>;
    |config| {
        config.allow_anonymous();
        config.post("/odd-body");
        config.takes("pdf");
        config.event("");
    }
    |_, cx| { cx.send.status_async(http::StatusCode::OK).await }
}

#[test]
fn a_statement_that_no_document_can_have_is_an_error() {
    let host = Host::empty().endpoint::<Odd>().endpoint::<OddBody>();
    let errors = errors(host.openapi(|api| api.allow_anonymous()));
    let expected = [
        "the operation id is empty; choose one such as `placeOrder`",
        "a response with the status 204 has no body; declare the response with `answers_empty(204)`",
        "`201` is a success status, which `refuses` does not accept; declare the status with `answers(201)`",
        "`pdf` is not a media type; write one such as `application/pdf`",
        "`json` is not a media type; write one such as `application/pdf`",
        "`a\\nb` is not the name of an event; use 1 to 128 bytes without line breaks",
        "the example `tea` is declared twice; choose another name",
        "the example `tea` is for the response 205, which has no JSON body; remove the example",
        "`pdf` is not a media type; write one such as `application/pdf`",
        "`` is not the name of an event; use 1 to 128 bytes without line breaks",
    ];
    assert_eq!(errors, expected, "{}", errors.join("\n"));
}

#[test]
fn the_document_has_to_say_who_reads_it() {
    let error = Host::empty()
        .endpoint::<First>()
        .openapi(|api| api.page("/streams"))
        .build()
        .unwrap_err()
        .to_string();
    let expected = "the paths `/openapi.json`, `/openapi-3.2.json`, `/streams`: no access rule is set; \
                    add `allow_anonymous()`, `authenticated()`, or a requirement such as `roles([…])`";
    assert!(error.starts_with("the host can't start: 1 configuration error\n"), "{error}");
    assert!(error.contains(expected), "{error}");
}

#[test]
fn a_document_does_not_hide_that_the_host_has_no_endpoint() {
    let host = Host::empty().openapi(|api| api.allow_anonymous());
    let error = host.build().unwrap_err().to_string();
    assert!(error.contains("an empty host discovers no endpoints"), "{error}");
}
