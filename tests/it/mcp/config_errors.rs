//! What cannot be a tool is told at start-up, with the reason.

use hyperpoint::prelude::*;
use hyperpoint::schemes::ApiKeys;
use hyperpoint::{Identity, Multipart, Raw};
use hyperpoint_mcp::{OfferTool, ServeMcp};

use crate::http::endpoint;

#[derive(Deserialize, JsonSchema)]
#[expect(dead_code, reason = "only the schema is used")]
struct Upload {
    picture: from::File,
}

#[derive(Deserialize, JsonSchema)]
#[expect(dead_code, reason = "only the schema is used")]
struct Signed {
    #[serde(rename = "x-signature")]
    signature: from::Header<String>,
    session: from::Cookie<String>,
}

#[derive(Deserialize, JsonSchema)]
#[expect(dead_code, reason = "only the schema is used")]
struct Id {
    id: u32,
}

#[derive(Deserialize, JsonSchema)]
#[expect(dead_code, reason = "only the schema is used")]
struct Key {
    #[serde(rename = "x-api-key")]
    key: from::Header<Option<String>>,
}

macro_rules! tool {
    ($name:ident: $request:ty => $response:ty; $route:literal, |$config:ident| $tool:expr) => {
        endpoint! {
            $name: $request => $response;
            |$config| {
                $config.allow_anonymous();
                $config.post($route);
                let _ = $tool;
            }
            |_, cx| { cx.send.status_async(http::StatusCode::OK).await }
        }
    };
}

tool! { Bytes: Raw<bytes::Bytes> => (); "/bytes", |config| config.tool() }
tool! { Parts: Raw<Multipart> => (); "/parts", |config| config.tool() }
tool! { Files: Upload => (); "/files", |config| config.tool() }
tool! { Signature: Signed => (); "/signed", |config| config.tool() }
tool! { Text: String => (); "/text", |config| config.tool() }
tool! { Spaces: () => (); "/spaces", |config| config.tool().name("has spaces") }
tool! { Find: () => (); "/find", |config| config.tool().name("find") }
tool! { FindToo: () => (); "/find-too", |config| config.tool().name("Find") }
tool! { NoStream: () => (); "/none", |config| config.tool().result_event("done") }

endpoint! {
    Several: Id => ();
    |config| {
        config.allow_anonymous();
        config.get("/several/{id}");
        config.delete("/several/{id}");
        config.tool();
    }
    |_, cx| { cx.send.status_async(http::StatusCode::OK).await }
}

endpoint! {
    WithoutData: () => ();
    |config| {
        config.allow_anonymous();
        config.head("/without-data");
        config.options("/without-data");
        config.tool();
    }
    |(), cx| { cx.send.status_async(http::StatusCode::OK).await }
}

fn errors(host: Host) -> Vec<String> {
    let text = host.mcp(|mcp| mcp.allow_anonymous()).build().unwrap_err().to_string();
    let lines = text.lines().skip(1).map(|line| line.trim_start_matches("  - "));
    // Without type, file and line.
    lines.map(|line| line.split_once("): ").map_or(line, |(_, text)| text).to_owned()).collect()
}

#[test]
fn what_cannot_be_a_tool_is_named_with_its_reason() {
    let host = Host::empty()
        .endpoint::<Bytes>()
        .endpoint::<Parts>()
        .endpoint::<Files>()
        .endpoint::<Signature>()
        .endpoint::<Text>()
        .endpoint::<NoStream>()
        .endpoint::<Several>();
    insta::assert_snapshot!(errors(host).join("\n"), @r#"
    is a tool, but the request type takes an unparsed body, which named arguments cannot express; use a request type with fields
    is a tool, but the request type takes an unparsed body, which named arguments cannot express; use a request type with fields
    is a tool, but the request type takes files, which named arguments cannot express; use a request type without `from::File`
    is a tool, but the request type requires the cookie `session`, which a call does not have; make the field an `Option`
    is a tool, but needs the header `x-signature`, which a call does not have; make it an argument with `config.tool().header("x-signature")`, or make the field an `Option`
    is a tool, but the request type has no fields for the named arguments; use a struct
    sets the result event `done`, but the response is not an event stream; remove it
    is a tool, but has several routes; give the tool an endpoint with one method and one route
    "#);
}

#[test]
fn a_configuration_error_names_the_type_the_file_and_the_line() {
    let host = Host::empty().endpoint::<Bytes>().mcp(|mcp| mcp.allow_anonymous());
    let text = host.build().unwrap_err().to_string();
    assert!(text.contains("config_errors::Bytes` (tests/it/mcp/config_errors.rs:"), "{text}");
}

#[test]
fn a_header_that_is_an_argument_exists_and_has_no_credentials() {
    tool! { Unknown: () => (); "/unknown", |config| config.tool().header("x-unknown") }
    tool! { Keyed: Key => (); "/keyed", |config| config.tool().header("x-api-key") }
    let keys = ApiKeys::new().key("key-0123456789abcdef", Identity::user("ann"));
    let host = Host::empty().endpoint::<Unknown>().endpoint::<Keyed>().authentication(keys);
    let errors = errors(host);
    assert!(
        errors[0].starts_with("makes the header `x-unknown` an argument, but does not take it")
    );
    assert!(errors[1].contains("`x-api-key` an argument, but calls copy it"), "{errors:?}");
}

#[test]
fn names_are_checked_and_unique_whatever_their_case() {
    let host = Host::empty().endpoint::<Spaces>().endpoint::<Find>().endpoint::<FindToo>();
    let errors = errors(host);
    assert_eq!(errors.len(), 2, "{errors:?}");
    assert!(
        errors[0].starts_with("the tool name `has spaces` has characters other than"),
        "{errors:?}"
    );
    assert!(errors[1].starts_with("the tool name `Find` is taken by `"), "{errors:?}");
}

#[test]
fn a_server_without_tools_and_without_access_is_a_configuration_error() {
    let none = Host::empty().health(|checks| checks);
    assert!(errors(none)[0].contains("no endpoint is a tool"));
    let unsaid = Host::empty().endpoint::<Find>().mcp(|_| {}).build().unwrap_err().to_string();
    assert!(unsaid.contains("no access rule is set"), "{unsaid}");
    let host = Host::empty().endpoint::<Find>();
    let host = host.mcp(|mcp| {
        mcp.allow_anonymous();
        mcp.protected_resource("api.example.com", []);
    });
    let text = host.build().unwrap_err().to_string();
    assert!(
        text.contains("`api.example.com` is not a URL") && text.contains("no authorization server")
    );
}

#[test]
fn an_endpoint_with_only_head_and_options_cannot_be_a_tool() {
    insta::assert_snapshot!(errors(Host::empty().endpoint::<WithoutData>()).join("\n"), @"is a tool, but handles only HEAD and OPTIONS, whose responses have no data; add a route with another method");
}
