//! Topics as resources: the topics that a caller may read, their newest events, and their changes.

use std::collections::BTreeSet;

use futures_util::StreamExt;
use futures_util::stream::BoxStream;
use http::Method;
use hyperpoint_core::{GroupConfig, Problem};
use hyperpoint_host::{Application, Gate, admitted};
use hyperpoint_topics::Topics;
use serde_json::{Map, Value, json};

use crate::caller::Caller;
use crate::coalescing::coalesced;
use crate::pages::Page;
use crate::topic_resource::TopicResource;

/// The media type of the contents of a topic.
const JSON: &str = "application/json";

/// A topic that is a resource, with the gate that decides who may read it.
#[derive(Debug)]
pub(crate) struct GuardedTopic {
    pub(crate) resource: TopicResource,
    gate: Gate,
}

impl GuardedTopic {
    pub(crate) fn new(
        resource: &TopicResource,
        application: &Application,
        defaults: &GroupConfig,
    ) -> Self {
        let gate = application.gate(&resource.config_within(defaults), &Method::GET);
        Self { resource: resource.clone(), gate }
    }

    /// Returns the topic's entry in the result of `resources/list`.
    fn entry(&self) -> Value {
        let TopicResource { source, uri, title, description, .. } = &self.resource;
        let mut entry = Map::from_iter([
            ("uri".to_owned(), json!(uri)),
            ("name".to_owned(), json!(source.name())),
            ("mimeType".to_owned(), json!(JSON)),
        ]);
        entry.extend(title.iter().map(|title| ("title".to_owned(), json!(title))));
        entry.extend(description.iter().map(|text| ("description".to_owned(), json!(text))));
        entry.into()
    }

    /// Returns the refusal of an anonymous caller, or `None` if the caller is authenticated or
    /// anonymous callers are admitted.
    pub(crate) fn refusal(&self, caller: Caller<'_>) -> Option<Problem> {
        let is_anonymous = !caller.identity.is_authenticated();
        self.gate.refusal(caller.request).filter(|_| is_anonymous)
    }

    /// Returns a stream with an item for each change of the topic. Events within the topic's
    /// interval are coalesced into one item.
    ///
    /// # Errors
    ///
    /// The problem of an unavailable backplane.
    pub(crate) async fn changes(&self, topics: &Topics) -> Result<BoxStream<'static, ()>, Problem> {
        let events = self.resource.source.changes(topics).await?;
        Ok(coalesced(events, self.resource.interval).boxed())
    }

    /// Returns the contents of the resource: the newest events as a JSON array.
    ///
    /// # Errors
    ///
    /// The problem of an unavailable backplane.
    pub(crate) async fn contents(&self, topics: &Topics) -> Result<Value, Problem> {
        let TopicResource { source, uri, newest, .. } = &self.resource;
        let events = source.newest(topics, *newest).await?;
        let text = Value::Array(events).to_string();
        Ok(json!({ "contents": [{ "uri": uri, "mimeType": JSON, "text": text }] }))
    }
}

/// Returns the topics that a caller may read.
///
/// # Errors
///
/// The problem of a scheme that cannot check the caller's credentials.
pub(crate) async fn readable<'t>(
    topics: impl IntoIterator<Item = &'t GuardedTopic>,
    caller: Caller<'_>,
) -> Result<Vec<&'t GuardedTopic>, Problem> {
    let topics: Vec<&GuardedTopic> = topics.into_iter().collect();
    let gates: Vec<&Gate> = topics.iter().map(|topic| &topic.gate).collect();
    let admitted = admitted(gates, caller.request, caller.peer).await?;
    let all = topics.into_iter().zip(admitted);
    Ok(all.filter(|(_, is_admitted)| *is_admitted).map(|(topic, _)| topic).collect())
}

/// Returns the page of `resources/list` that starts at the index `from`, with at most `size` topics
/// that the caller may read.
///
/// # Errors
///
/// The problem of a scheme that cannot check the caller's credentials.
pub(crate) async fn page_of_topics(
    topics: &[GuardedTopic],
    caller: Caller<'_>,
    from: usize,
    size: usize,
) -> Result<Page<Value>, Problem> {
    let topics = topics.get(from..).unwrap_or_default();
    let gates: Vec<&Gate> = topics.iter().map(|topic| &topic.gate).collect();
    let admitted = admitted(gates, caller.request, caller.peer).await?;
    let all = topics.iter().zip(admitted).enumerate();
    let visible = all.filter(|(_, (_, is_admitted))| *is_admitted);
    Ok(Page::new(visible.map(|(index, (topic, _))| (from + index, topic.entry())), size))
}

/// Returns the configuration errors of a host's topics, one message each.
pub(crate) fn config_errors(topics: &[TopicResource]) -> Vec<String> {
    let mut errors = Vec::new();
    let mut seen = BTreeSet::new();
    for TopicResource { uri, newest, .. } in topics {
        let is_uri = uri.split_once(':').is_some_and(|(scheme, rest)| {
            let is_scheme = |c: char| c.is_ascii_alphanumeric() || "+-.".contains(c);
            !scheme.is_empty() && scheme.chars().all(is_scheme) && !rest.is_empty()
        });
        if !is_uri || uri.chars().any(|c| c.is_whitespace() || c.is_control()) {
            errors.push(format!(
                "the topic `{uri}`: the URI is not valid; set one such as `topic:orders` with \
                 `topic.uri(…)`"
            ));
        }
        if !seen.insert(uri) {
            errors
                .push(format!("two topics have the URI `{uri}`; set another with `topic.uri(…)`"));
        }
        if !(1..=1_000).contains(newest) {
            errors.push(format!("the topic `{uri}`: `newest` is {newest}; use 1 to 1000"));
        }
    }
    errors
}
