//! `Values`: the sources of one request, from which its fields are read.

use http::{HeaderMap, HeaderName, request};
use serde::de::IgnoredAny;
use serde::de::value::MapDeserializer;
use serde_json::Error;

use super::cookies::{Cookie, cookies};
use super::parts::{gather_parts, has_parts};
use super::plan::{BindingPlan, BodyUse, Origin, PlannedField, Rest};
use super::schema::{Kind, Scalar};
use super::text::{Pair, TextMap, gather, pairs};
use super::text_values::{Sent, TextValues};
use super::value::{FieldValue, Sourced};
use crate::identity::Identity;

/// The sources of one request, from which the value of each field is read as the plan specifies.
pub(super) struct Values<'a> {
    pub(super) plan: &'a BindingPlan,
    route: &'a [String],
    headers: &'a HeaderMap,
    identity: &'a Identity,
    query: Vec<Pair<'a>>,
    cookies: Vec<Cookie<'a>>,
    body: BodyData<'a>,
    files: Files<'a>,
}

/// The files of a form, each with the name of its part.
#[cfg(feature = "multipart")]
pub(super) type Files<'a> = &'a [(String, super::from::File)];
#[cfg(not(feature = "multipart"))]
pub(super) type Files<'a> = &'a [(String, std::convert::Infallible)];

/// The body of a request, by format.
pub(super) enum BodyData<'a> {
    /// The body was not read, or it is empty, so that the field that takes the whole body is
    /// absent.
    Nothing,
    Json(&'a str),
    Form(Vec<Pair<'a>>),
}

/// The fields that are neither route parameters nor of a [`from`](super::from) type, as JSON or as
/// text.
pub(super) enum Others<'a> {
    Json(&'a str),
    Text(TextMap<'a>),
}

impl<'a> Values<'a> {
    pub(super) fn new(
        plan: &'a BindingPlan,
        request: &'a request::Parts,
        route: &'a [String],
        identity: &'a Identity,
        body: BodyData<'a>,
    ) -> Self {
        let headers = &request.headers;
        let reads_query = plan.reads_query || plan.rest == Rest::Query;
        let query = reads_query.then(|| request.uri.query()).flatten();
        let query = query.map(|query| pairs(query.as_bytes())).unwrap_or_default();
        let cookies = if plan.reads_cookies { cookies(headers) } else { Vec::new() };
        Self { plan, route, headers, identity, query, cookies, body, files: &[] }
    }

    /// Adds the files of a form.
    #[cfg(feature = "multipart")]
    pub(super) fn with_files(self, files: Files<'a>) -> Self {
        Self { files, ..self }
    }

    /// Calls `read` with the files of the form available to deserialization, and returns its
    /// result.
    #[cfg_attr(
        not(feature = "multipart"),
        expect(clippy::unused_self, reason = "with the feature `multipart` there are files")
    )]
    pub(super) fn holding_files<R>(&self, read: impl FnOnce() -> R) -> R {
        #[cfg(feature = "multipart")]
        if !self.files.is_empty() {
            let files = self.files.iter().map(|(_, file)| file.clone()).collect();
            return super::file::with_files(files, read);
        }
        read()
    }

    /// Returns the value of a field. If the source has no value, returns `Absent` for a required
    /// field, and `None` for a field for which serde has a default.
    pub(super) fn of(&'a self, field: &'a PlannedField) -> Option<Sourced<'a>> {
        let value = self
            .found(field)
            .or_else(|| field.is_required.then_some(FieldValue::Absent(&field.name)))?;
        Some(Sourced { source: field.origin.source(), value })
    }

    /// Returns whether the source has a value for the field.
    pub(super) fn has(&self, field: &PlannedField) -> bool {
        self.found(field).is_some()
    }

    fn found<'v>(&'v self, field: &'v PlannedField) -> Option<FieldValue<'v>> {
        let PlannedField { name, kind, .. } = field;
        match &field.origin {
            Origin::Route(index) => {
                let value = self.route.get(*index)?;
                Some(FieldValue::Text(TextValues::one(value, *kind)))
            }
            Origin::Query if has_parts(&self.query, self.plan) => self.query_parts(name),
            Origin::Query => text(named(&self.query, name), *kind),
            Origin::Cookie => self.cookie(name, *kind),
            Origin::Header(name) => self.header(name, *kind),
            Origin::Claim => self.identity.claim(name).map(FieldValue::Claim),
            Origin::Form => match &self.body {
                BodyData::Form(pairs) => {
                    Some(FieldValue::Form(self.gather(pairs, self.files, |_| false)))
                }
                _ => None,
            },
            Origin::Body => match &self.body {
                BodyData::Json(json) => Some(FieldValue::Json(json)),
                _ => None,
            },
        }
    }

    /// Groups pairs and files by field. Skips the fields for which `is_skipped` returns `true`.
    fn gather<'v>(
        &self,
        pairs: &'v [Pair<'_>],
        files: Files<'v>,
        is_skipped: impl Fn(&str) -> bool,
    ) -> TextMap<'v> {
        match !files.is_empty() || has_parts(pairs, self.plan) {
            true => {
                let sent = texts(pairs);
                #[cfg(feature = "multipart")]
                let sent = sent.chain(
                    files.iter().zip(0..).map(|((name, _), index)| (&**name, Sent::File(index))),
                );
                let fields = gather_parts(sent, self.plan, is_skipped);
                MapDeserializer::new(fields.into_iter())
            }
            false => gather(pairs, is_skipped, |name| self.plan.kind_of_other(name)),
        }
    }

    /// Returns the value of a query field, built from all names in the query that address the field
    /// or a value nested in it, such as `items[0].price` for `items`.
    fn query_parts(&self, name: &str) -> Option<FieldValue<'_>> {
        let fields = gather_parts(texts(&self.query), self.plan, |field| field != name);
        fields.into_iter().next().map(|(_, value)| FieldValue::Text(value))
    }

    fn cookie(&self, name: &str, kind: Kind) -> Option<FieldValue<'_>> {
        // If several cookies have the same name, browsers send the cookie with the longest path
        // first (RFC 6265 §5.4). A field that is not a list takes only this cookie.
        let count = if kind.is_list { usize::MAX } else { 1 };
        let named = self.cookies.iter().filter(|(known, _)| *known == name).take(count);
        if named.clone().any(|(_, value)| value.is_none()) {
            return Some(FieldValue::Broken("is not valid UTF-8"));
        }
        text(named.filter_map(|(_, value)| value.as_deref()), kind)
    }

    fn header(&self, name: &HeaderName, kind: Kind) -> Option<FieldValue<'_>> {
        let mut is_broken = false;
        let mut texts = self.headers.get_all(name).iter().map_while(|value| {
            let text = std::str::from_utf8(value.as_bytes());
            is_broken |= text.is_err();
            text.ok()
        });
        let found = match kind.is_list {
            true => text(texts.flat_map(elements), kind),
            false => texts.next().map(|first| one_of_header(first, &mut texts, kind)),
        };
        if is_broken { Some(FieldValue::Broken("is not valid UTF-8")) } else { found }
    }

    /// Returns the fields that are neither route parameters nor of a [`from`](super::from) type.
    pub(super) fn others(&'a self) -> Others<'a> {
        let plan = self.plan;
        let text = |pairs: &'a [Pair<'_>], files: Files<'a>| {
            Others::Text(self.gather(pairs, files, |name| plan.is_sourced(name)))
        };
        match (plan.rest, &self.body) {
            (Rest::Nothing, _) => text(&[], &[]),
            (Rest::Query, _) => text(&self.query, &[]),
            (Rest::Body, BodyData::Json(json)) => Others::Json(json),
            (Rest::Body, BodyData::Form(pairs)) => text(pairs, self.files),
            (Rest::Body, BodyData::Nothing) => Others::Json("{}"),
        }
    }

    /// Returns the JSON body if all fields come from it, so that it can be deserialized directly.
    pub(super) fn whole_json(&self) -> Option<&'a str> {
        match self.body {
            BodyData::Json(json) if self.plan.sourced.is_empty() => Some(json),
            _ => None,
        }
    }

    /// Returns the syntax error of a JSON body, or `None` if there is no JSON body or it is
    /// well-formed.
    pub(super) fn malformed_json(&self) -> Option<Error> {
        match self.body {
            BodyData::Json(json) => serde_json::from_str::<IgnoredAny>(json).err(),
            _ => None,
        }
    }

    /// Returns the names of the fields in the query if [`BindingPlan::rest`] is the query,
    /// otherwise in the body. Returns `None` if the JSON body is not an object, or if there is no
    /// body and [`BindingPlan::rest`] is `Nothing`.
    pub(super) fn names(&self) -> Option<Vec<String>> {
        let field = |name: &str| self.plan.field_of(name).0.to_owned();
        let names = |pairs: &[Pair<'_>]| -> Vec<String> {
            pairs.iter().map(|pair| field(&pair.0)).collect()
        };
        match (&self.body, self.plan.rest) {
            (_, Rest::Query) => Some(names(&self.query)),
            (BodyData::Form(pairs), _) => {
                let files = self.files.iter().map(|(name, _)| field(name));
                Some(names(pairs).into_iter().chain(files).collect())
            }
            (BodyData::Json(json), _) => {
                let object = serde_json::from_str::<serde_json::Map<_, _>>(json).ok()?;
                let names = object.into_iter().map(|(name, _)| name);
                Some(names.filter(|name| !self.plan.is_sourced(name)).collect())
            }
            (BodyData::Nothing, Rest::Body) => Some(Vec::new()),
            (BodyData::Nothing, Rest::Nothing) => None,
        }
    }

    /// Calls `read` with a copy of these values in which the query, the headers, the cookies and
    /// the body lack the fields of the given names, and returns its result.
    pub(super) fn without<R>(&self, names: &[&str], read: impl FnOnce(&Values<'_>) -> R) -> R {
        let kept = |pairs: &[Pair<'a>]| {
            let field = |name: &'_ Pair<'a>| names.contains(&self.plan.field_of(&name.0).0);
            let kept = pairs.iter().filter(|pair| !field(pair));
            kept.cloned().collect::<Vec<_>>()
        };
        let mut headers = self.headers.clone();
        for name in names {
            headers.remove(*name);
        }
        let json;
        let body = match &self.body {
            BodyData::Nothing => BodyData::Nothing,
            BodyData::Form(pairs) => BodyData::Form(kept(pairs)),
            BodyData::Json(whole) => {
                json = object_without(whole, names);
                BodyData::Json(json.as_deref().unwrap_or(whole))
            }
        };
        let query = kept(&self.query);
        let cookies = self.cookies.iter().filter(|(name, _)| !names.contains(name));
        let cookies = cookies.cloned().collect();
        let Self { plan, route, identity, .. } = self;
        let is_kept = |name: &str| !names.contains(&self.plan.field_of(name).0);
        let files = self.files.iter().filter(|(name, _)| is_kept(name));
        let files = &*files.cloned().collect::<Vec<_>>();
        read(&Values { plan, route, headers: &headers, identity, query, cookies, body, files })
    }

    /// Returns the distinct field names that [`without`](Self::without) can leave out. The names
    /// that the schema lists come first.
    pub(super) fn names_to_try(&self) -> Vec<String> {
        let sourced = self.plan.sourced.iter().filter(|field| {
            matches!(field.origin, Origin::Query | Origin::Header(_) | Origin::Cookie)
        });
        let sourced = sourced.filter(|field| self.has(field)).map(|field| field.name.clone());
        let mut names: Vec<_> = sourced.chain(self.names().unwrap_or_default()).collect();
        names.sort_by_cached_key(|name| (!self.plan.is_listed(name), name.clone()));
        names.dedup();
        names
    }

    /// Returns whether the schema lists no field of this name, and the query or form contains
    /// exactly one value of this name, which is empty.
    pub(super) fn is_unlisted_and_empty(&self, name: &str) -> bool {
        let pairs = match (&self.body, self.plan.rest) {
            (_, Rest::Query) => &self.query,
            (BodyData::Form(pairs), _) => pairs,
            _ => return false,
        };
        let mut values = named(pairs, name);
        !self.plan.is_listed(name) && values.next() == Some("") && values.next().is_none()
    }

    /// Returns the size of the decoded query and of the body without files, in bytes.
    pub(super) fn len_bytes(&self) -> usize {
        let sum = |pairs: &[Pair<'_>]| -> usize {
            pairs.iter().map(|(name, value)| name.len() + value.len()).sum()
        };
        let body = match &self.body {
            BodyData::Nothing => 0,
            BodyData::Json(json) => json.len(),
            BodyData::Form(pairs) => sum(pairs),
        };
        body + sum(&self.query)
    }

    /// Returns the name of the source of the fields in [`BindingPlan::others`], for error texts.
    pub(super) fn others_source(&self) -> &'static str {
        match (&self.body, self.plan.rest) {
            (_, Rest::Query) => "query",
            (BodyData::Form(_), _) => "form",
            _ => "body",
        }
    }

    /// Returns whether the body was sent as a form but is probably JSON, which the endpoint also
    /// accepts. For example, `curl --data` declares JSON as a form unless a content type is set.
    pub(super) fn is_json_as_form(&self) -> bool {
        let BodyData::Form(pairs) = &self.body else {
            return false;
        };
        self.plan.body == BodyUse::JsonOrForm
            && pairs.first().is_some_and(|(name, _)| name.trim_start().starts_with(['{', '[']))
    }
}

fn texts<'a>(pairs: &'a [Pair<'_>]) -> impl Iterator<Item = (&'a str, Sent<'a>)> {
    pairs.iter().map(|(name, value)| (&**name, Sent::Text(value)))
}

fn named<'a>(pairs: &'a [Pair<'_>], name: &'a str) -> impl Iterator<Item = &'a str> {
    pairs.iter().filter(move |pair| pair.0 == name).map(|pair| &*pair.1)
}

fn text<'a>(values: impl Iterator<Item = &'a str>, kind: Kind) -> Option<FieldValue<'a>> {
    TextValues::all(values, kind).map(FieldValue::Text)
}

/// Returns the value of a header for a field that is not a list. `first` is the first header line,
/// and `more` yields the other lines.
///
/// A proxy may combine several lines of one name into one, separated by commas (RFC 9110 §5.3).
/// Therefore a text field accepts several lines, joined by commas; a field of another type refuses
/// them.
fn one_of_header<'a>(
    first: &'a str,
    more: &mut impl Iterator<Item = &'a str>,
    kind: Kind,
) -> FieldValue<'a> {
    let Some(second) = more.next() else {
        return FieldValue::Text(TextValues::one(first, kind));
    };
    if kind.scalar != Scalar::Text {
        return FieldValue::Broken("is sent more than once; send one value");
    }
    let lines: Vec<_> = [first, second].into_iter().chain(more).collect();
    FieldValue::Joined(lines.join(", "))
}

/// Returns the JSON object without the given names, or `None` if the JSON is not an object.
fn object_without(json: &str, names: &[&str]) -> Option<String> {
    let mut object = serde_json::from_str::<serde_json::Map<_, _>>(json).ok()?;
    object.retain(|name, _| !names.contains(&name.as_str()));
    Some(serde_json::Value::Object(object).to_string())
}

/// Returns the elements of a list header, which are separated by commas outside quoted strings.
/// Omits empty elements (RFC 9110 §5.6.1.2).
fn elements(text: &str) -> impl Iterator<Item = &str> {
    let mut is_quoted = false;
    let mut is_escaped = false;
    let elements = text.split(move |c| {
        match c {
            _ if is_escaped => is_escaped = false,
            '\\' if is_quoted => is_escaped = true,
            '"' => is_quoted = !is_quoted,
            _ => {}
        }
        c == ',' && !is_quoted
    });
    elements.map(|element| element.trim_matches([' ', '\t'])).filter(|element| !element.is_empty())
}
