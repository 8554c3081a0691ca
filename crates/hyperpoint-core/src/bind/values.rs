//! What the fields of one request are taken from.

use http::{HeaderMap, HeaderName, request};
use serde::de::IgnoredAny;
use serde_json::Error;

use super::cookies::{Cookie, cookies};
use super::plan::{BindingPlan, Origin, PlannedField, Rest};
use super::schema::Kind;
use super::text::{Pair, TextMap, TextValues, gather, pairs};
use super::value::{FieldValue, Sourced};
use crate::identity::Identity;

/// What the fields of one request are taken from: each by its plan, from its own source.
pub(super) struct Values<'a> {
    pub(super) plan: &'a BindingPlan,
    route: &'a [String],
    headers: &'a HeaderMap,
    identity: &'a Identity,
    query: Vec<Pair<'a>>,
    cookies: Vec<Cookie<'a>>,
    body: BodyData<'a>,
}

/// The body of a request, as far as it was read.
pub(super) enum BodyData<'a> {
    Nothing,
    Json(&'a str),
    Form(Vec<Pair<'a>>),
}

/// The fields that have no source of their own.
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
        Self { plan, route, headers, identity, query, cookies, body }
    }

    /// The value of a field; none where serde has a default for it and the source has no value.
    pub(super) fn of(&'a self, field: &'a PlannedField) -> Option<Sourced<'a>> {
        let value = self
            .found(field)
            .or_else(|| field.is_required.then_some(FieldValue::Absent(&field.name)))?;
        Some(Sourced { source: field.origin.source(), value })
    }

    /// Whether the source has a value for the field.
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
            Origin::Query => text(named(&self.query, name), *kind),
            Origin::Cookie => self.cookie(name, *kind),
            Origin::Header(name) => self.header(name, *kind),
            Origin::Claim => self.identity.claim(name).map(FieldValue::Claim),
            Origin::Form => match &self.body {
                BodyData::Form(pairs) => {
                    let kind = |name: &str| self.plan.kind_of_other(name);
                    Some(FieldValue::Form(gather(pairs, |_| false, kind)))
                }
                _ => None,
            },
            Origin::Body => match &self.body {
                BodyData::Json(json) => Some(FieldValue::Json(json)),
                _ => None,
            },
        }
    }

    fn cookie(&self, name: &str, kind: Kind) -> Option<FieldValue<'_>> {
        // Of several, the one of the longer path comes first (RFC 6265 §5.4).
        let count = if kind.is_list { usize::MAX } else { 1 };
        let named = self.cookies.iter().filter(|(known, _)| *known == name).take(count);
        if named.clone().any(|(_, value)| value.is_none()) {
            return Some(FieldValue::Broken);
        }
        text(named.filter_map(|(_, value)| value.as_deref()), kind)
    }

    fn header(&self, name: &HeaderName, kind: Kind) -> Option<FieldValue<'_>> {
        let mut is_broken = false;
        let texts = self.headers.get_all(name).iter().map_while(|value| {
            let text = std::str::from_utf8(value.as_bytes());
            is_broken |= text.is_err();
            text.ok()
        });
        let found = match kind.is_list {
            true => text(texts.flat_map(elements), kind),
            false => text(texts, kind),
        };
        if is_broken { Some(FieldValue::Broken) } else { found }
    }

    /// The fields that have no source of their own.
    pub(super) fn others(&'a self) -> Others<'a> {
        let plan = self.plan;
        let text = |pairs: &'a [Pair<'_>]| {
            let kind = |name: &str| plan.kind_of_other(name);
            Others::Text(gather(pairs, |name| plan.is_sourced(name), kind))
        };
        match (plan.rest, &self.body) {
            (Rest::Nothing, _) => text(&[]),
            (Rest::Query, _) => text(&self.query),
            (Rest::Body, BodyData::Json(json)) => Others::Json(json),
            (Rest::Body, BodyData::Form(pairs)) => text(pairs),
            (Rest::Body, BodyData::Nothing) => Others::Json("{}"),
        }
    }

    /// The JSON that is bound as it is, since no field has a source of its own.
    pub(super) fn whole_json(&self) -> Option<&'a str> {
        match self.body {
            BodyData::Json(json) if self.plan.sourced.is_empty() => Some(json),
            _ => None,
        }
    }

    /// Why the body is no JSON, where it is to be that.
    pub(super) fn malformed_json(&self) -> Option<Error> {
        match self.body {
            BodyData::Json(json) => serde_json::from_str::<IgnoredAny>(json).err(),
            _ => None,
        }
    }

    /// The names in what the fields without a source of their own come from; none where that is no
    /// object.
    pub(super) fn names(&self) -> Option<Vec<String>> {
        let names = |pairs: &[Pair<'_>]| pairs.iter().map(|pair| pair.0.to_string()).collect();
        match (&self.body, self.plan.rest) {
            (_, Rest::Query) => Some(names(&self.query)),
            (BodyData::Form(pairs), _) => Some(names(pairs)),
            (BodyData::Json(json), _) => {
                let object = serde_json::from_str::<serde_json::Map<_, _>>(json).ok()?;
                let names = object.into_iter().map(|(name, _)| name);
                Some(names.filter(|name| !self.plan.is_sourced(name)).collect())
            }
            (BodyData::Nothing, Rest::Body) => Some(Vec::new()),
            (BodyData::Nothing, Rest::Nothing) => None,
        }
    }

    /// What the fields without a source of their own come from, in one word.
    pub(super) fn others_word(&self) -> &'static str {
        match (&self.body, self.plan.rest) {
            (_, Rest::Query) => "query",
            (BodyData::Form(_), _) => "form",
            _ => "body",
        }
    }
}

fn named<'a>(pairs: &'a [Pair<'_>], name: &'a str) -> impl Iterator<Item = &'a str> {
    pairs.iter().filter(move |pair| pair.0 == name).map(|pair| &*pair.1)
}

fn text<'a>(values: impl Iterator<Item = &'a str>, kind: Kind) -> Option<FieldValue<'a>> {
    TextValues::all(values, kind).map(FieldValue::Text)
}

/// The elements of a header that is a list: between commas that are not within quotes, without the
/// empty ones (RFC 9110 §5.6.1.2).
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
