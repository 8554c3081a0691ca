//! `Outgoing`: a request that is built from a value of a request type.

use std::borrow::Cow;

use bytes::Bytes;
use http::Method;
use http::header::{COOKIE, HeaderMap, HeaderName, HeaderValue};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde::Serialize;
use serde_json::Map;

use super::super::from::Source;
use super::draft::Draft;
use super::fields::{Content, Field, content};
use super::invalid_outgoing::InvalidOutgoing;
use super::path::path;
use super::texts::texts;
use crate::route::RouteTemplate;

/// A request, built for one route from a value of the endpoint's request type. The endpoint binds
/// the request to an equal value.
///
/// A field that the route template names goes into the path; a field with a
/// [`from`](crate::bind::from) type goes to the source of that type; any other field goes into the
/// query on GET, HEAD, DELETE and TRACE and into the JSON body otherwise (a `multipart/form-data`
/// body if the value has files). Claims are not sent: the server derives them from the identity.
///
/// For example, on PUT `/users/{id}` the value
/// `Rename { id: 7, dry_run: from::Query(true), name: "Ann" }` becomes a request to
/// `/users/7?dry_run=true` with the body `{"name":"Ann"}`.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Outgoing {
    /// The encoded path and query.
    pub target: String,
    /// The headers, without `Cookie` and `Content-Type`.
    pub headers: HeaderMap,
    /// The names and values of the cookies, not encoded.
    pub cookies: Vec<(String, String)>,
    /// The content type of the body, or `None` if there is no body.
    pub content_type: Option<HeaderValue>,
    /// The body, empty if there is none.
    pub body: Bytes,
}

impl Outgoing {
    /// Builds the request for this method and route from a value of the request type.
    ///
    /// # Errors
    ///
    /// [`InvalidOutgoing`] if a route parameter does not have exactly one value, if a source cannot
    /// represent the value of its field, if the request value cannot be serialized, or if the value
    /// is not an object, such as a list, and the method sends no body. The error contains the name
    /// of the field, if a single field is invalid.
    pub fn new<R: Serialize + ?Sized>(
        method: &Method,
        route: &RouteTemplate,
        request: &R,
    ) -> Result<Self, InvalidOutgoing> {
        let invalid = |(name, reason): (String, String)| InvalidOutgoing {
            route: format!("{method} {route}"),
            name,
            reason,
        };
        let reads_query =
            [Method::GET, Method::HEAD, Method::DELETE, Method::TRACE].contains(method);
        let mut draft = Draft::default();
        #[cfg(feature = "multipart")]
        let (content, files) = crate::bind::file::collecting_files(|| content(request));
        #[cfg(not(feature = "multipart"))]
        let content = content(request);
        #[cfg(feature = "multipart")]
        draft.files.extend(files);
        let content = content.map_err(|reason| invalid((String::new(), reason)))?;
        let fields = match content {
            Content::Fields(fields) => Some(fields),
            Content::Nothing => None,
            Content::Whole(_) if reads_query => {
                let reason = "the request has no fields, and this method sends no body".to_owned();
                return Err(invalid((String::new(), reason)));
            }
            Content::Whole(value) => {
                draft.json(value);
                None
            }
        };
        let value = |name: &str| path_value(fields.iter().flatten(), name);
        let path = path(route, value).map_err(invalid)?;
        let Some(fields) = fields else {
            return Ok(Self::of(draft, path));
        };
        let mut rest = Map::new();
        for field in fields.into_iter().filter(|field| !route.params().contains(&field.name)) {
            match field.source {
                Some(source) => draft.put(source, field).map_err(invalid)?,
                None if reads_query => draft.put(Source::Query, field).map_err(invalid)?,
                None => {
                    rest.insert(field.name, field.value);
                }
            }
        }
        // An empty object is sent as the body only if no field is a route parameter or has a `from`
        // type.
        let is_sourced = draft.is_sourced || !route.params().is_empty();
        if !reads_query && (!rest.is_empty() || !is_sourced) {
            draft.fields(rest).map_err(invalid)?;
        }
        Ok(Self::of(draft, path))
    }

    pub(super) fn of(mut draft: Draft, path: String) -> Self {
        let target = match draft.query_text() {
            Some(query) => format!("{path}?{query}"),
            None => path,
        };
        let Draft { headers, cookies, body, .. } = draft;
        let (content_type, body) = body.into_parts();
        Self { target, headers, cookies, content_type, body }
    }

    /// Returns the name and value of the `Cookie` header, or `None` if there are no cookies. Cookie
    /// values are percent-encoded, because binding percent-decodes them.
    #[must_use]
    pub fn cookie_header(&self) -> Option<(HeaderName, HeaderValue)> {
        let encode = |text: &str| utf8_percent_encode(text, NON_ALPHANUMERIC).to_string();
        let pairs = self.cookies.iter().map(|(name, value)| format!("{name}={}", encode(value)));
        let text = pairs.collect::<Vec<_>>().join("; ");
        let value = HeaderValue::try_from(text).ok()?;
        (!self.cookies.is_empty()).then_some((COOKIE, value))
    }
}

/// Returns the value of a route parameter, which is the text of the field of the same name.
///
/// # Errors
///
/// The reason, if the field has no value, several values, or a value that cannot be sent as text.
fn path_value<'f>(
    mut fields: impl Iterator<Item = &'f Field>,
    name: &str,
) -> Result<Cow<'static, str>, String> {
    let texts = fields.find(|field| field.name == name).map(|field| texts(&field.value));
    match texts.transpose()?.unwrap_or_default().as_slice() {
        [text] => Ok(text.clone().into()),
        [] => Err("has no value".to_owned()),
        _ => Err("is a list, but a route parameter takes one value".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::super::super::from;
    use super::*;

    #[track_caller]
    fn call<R: Serialize>(method: &Method, route: &str, request: R) -> Outgoing {
        Outgoing::new(method, &RouteTemplate::parse(route).unwrap(), &request).unwrap()
    }

    #[track_caller]
    fn check_refused<R: Serialize>(route: &str, request: R, expected: &str) {
        let route = RouteTemplate::parse(route).unwrap();
        let error = Outgoing::new(&Method::GET, &route, &request).unwrap_err();
        assert_eq!(error.to_string(), expected);
    }

    #[derive(Clone, Serialize)]
    struct Rename {
        id: &'static str,
        dry_run: from::Query<Option<bool>>,
        #[serde(rename = "x-tenant")]
        tenant: from::Header<Vec<&'static str>>,
        theme: from::Cookie<&'static str>,
        sub: from::Claim<&'static str>,
        name: &'static str,
        #[serde(flatten)]
        more: More,
    }

    #[derive(Clone, Serialize)]
    struct More {
        tags: from::Query<Vec<u32>>,
        price: Option<f64>,
    }

    fn rename() -> Rename {
        Rename {
            id: "a/b ü%",
            dry_run: from::Query(None),
            tenant: from::Header(vec!["a", "b"]),
            theme: from::Cookie("dark; x"),
            sub: from::Claim("ann"),
            name: "Ann",
            more: More { tags: from::Query(vec![1, 2]), price: None },
        }
    }

    #[test]
    fn each_field_is_written_to_its_source() {
        let call = call(&Method::PUT, "/café/{id}", rename());
        assert_eq!(call.target, "/caf%C3%A9/a%2Fb%20%C3%BC%25?tags=1&tags=2");
        assert_eq!(format!("{:?}", call.headers), r#"{"x-tenant": "a", "x-tenant": "b"}"#);
        assert_eq!(call.cookie_header().unwrap().1, "theme=dark%3B%20x");
        assert_eq!(call.content_type.as_ref().unwrap(), "application/json");
        assert_eq!(call.body, r#"{"name":"Ann","price":null}"#);
    }

    #[test]
    fn without_a_body_the_other_fields_go_into_the_query() {
        let call = call(&Method::GET, "/users/{id}", rename());
        assert_eq!(call.target, "/users/a%2Fb%20%C3%BC%25?name=Ann&tags=1&tags=2");
        assert_eq!((call.content_type, call.body.len()), (None, 0));
    }

    #[test]
    fn the_parts_of_a_field_have_names_of_their_own() {
        let filter = serde_json::json!({ "name": "a", "ids": [1, 2], "a.b": null, "c.d": true });
        let value = serde_json::json!({ "filter": filter, "lines": [{ "x": 1 }, {}, { "x": [] }] });
        assert_eq!(
            call(&Method::GET, "/", value).target,
            "/?filter%5Bc.d%5D=true&filter.ids=1&filter.ids=2&filter.name=a&lines%5B0%5D.x=1"
        );
    }

    #[test]
    fn a_catch_all_parameter_keeps_its_slashes() {
        let get = |path| call(&Method::GET, "/files/{*path}", serde_json::json!({ "path": path }));
        assert_eq!(get("a b/c.txt").target, "/files/a%20b/c.txt");
    }

    #[test]
    fn no_value_turns_a_path_into_a_url_of_another_host() {
        let rest = RouteTemplate::parse("/{*path}").unwrap();
        let to = |path| Outgoing::new(&Method::GET, &rest, &serde_json::json!({ "path": path }));
        assert!(to("/evil.example").is_err_and(|error| error.to_string().contains("`path`")));
        assert!(to("//evil.example").is_err());
        assert_eq!(to("a//b").unwrap().target, "/a//b");
    }

    #[derive(Serialize)]
    struct WholeForm {
        #[serde(rename = "name")]
        names: Vec<&'static str>,
        age: Option<u8>,
    }

    #[test]
    fn a_whole_body_field_is_sent_as_its_type_declares() {
        #[derive(Serialize)]
        struct SignIn<T> {
            id: u8,
            body: T,
        }
        let form = from::Form(WholeForm { names: vec!["a b", "c"], age: None });
        let form = call(&Method::POST, "/{id}", SignIn { id: 1, body: form });
        assert_eq!(form.body, "name=a+b&name=c");
        assert_eq!(form.content_type.unwrap(), "application/x-www-form-urlencoded");
        let json = call(&Method::POST, "/{id}", SignIn { id: 1, body: from::Body([1, 2]) });
        assert_eq!(json.body, "[1,2]");
        assert_eq!(call(&Method::POST, "/", [1, 2]).body, "[1,2]");
    }

    #[test]
    fn a_request_without_body_fields_has_no_body() {
        assert_eq!(call(&Method::POST, "/", ()).content_type, None);
        assert_eq!(call(&Method::POST, "/{id}", serde_json::json!({ "id": 1 })).content_type, None);
        let body = call(&Method::POST, "/", WholeForm { names: vec![], age: None }).body;
        assert_eq!(body, r#"{"age":null,"name":[]}"#);
    }

    #[derive(Serialize)]
    struct Traced {
        trace: from::Header<&'static str>,
    }

    #[test]
    fn a_field_that_its_source_cannot_represent_is_named_in_the_error() {
        let value = |value: Value| serde_json::json!({ "id": value });
        check_refused("/{id}", (), "call GET /{id}: the field `id` has no value");
        check_refused("/{id}", value(Value::Null), "call GET /{id}: the field `id` has no value");
        check_refused(
            "/{id}",
            value("..".into()),
            "call GET /{id}: the field `id` is `..`, which can't be part of a path",
        );
        check_refused(
            "/{*id}",
            value("a/../b".into()),
            "call GET /{*id}: the field `id` is `a/../b`, which can't be part of a path",
        );
        check_refused(
            "/{id}",
            value(vec![1, 2].into()),
            "call GET /{id}: the field `id` is a list, but a route parameter takes one value",
        );
        check_refused(
            "/",
            value(serde_json::json!([{ "a]": 1 }])),
            "call GET /: the field `id` has the key `a]`, which contains a bracket",
        );
        check_refused(
            "/{id}",
            value(serde_json::json!({ "a": 1 })),
            "call GET /{id}: the field `id` is an object, which cannot be sent as text",
        );
        let traced = Traced { trace: from::Header("a\nb") };
        check_refused("/", traced, "call GET /: the field `trace` is not a valid header value");
        check_refused(
            "/",
            [1],
            "call GET /: the request has no fields, and this method sends no body",
        );
    }
}
