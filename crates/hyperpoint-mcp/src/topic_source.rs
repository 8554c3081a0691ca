//! A topic without the type of its events.

use std::fmt;
use std::sync::Arc;

use futures_util::future::BoxFuture;
use futures_util::stream::BoxStream;
use futures_util::{FutureExt, StreamExt};
use hyperpoint_core::Problem;
use hyperpoint_topics::{Received, TopicName, Topics};
use serde_json::{Value, json};

type Newest =
    dyn Fn(&Topics, usize) -> BoxFuture<'static, Result<Vec<Value>, Problem>> + Send + Sync;
type Changes =
    dyn Fn(&Topics) -> BoxFuture<'static, Result<BoxStream<'static, ()>, Problem>> + Send + Sync;

/// A topic without the type of its events.
#[derive(Clone)]
pub(crate) struct TopicSource {
    name: Arc<str>,
    newest: Arc<Newest>,
    changes: Arc<Changes>,
}

impl TopicSource {
    pub(crate) fn new<T: 'static>(name: TopicName<T>) -> Self {
        let (text, of_newest, of_changes) = (name.as_str().into(), name.clone(), name);
        Self {
            name: text,
            newest: Arc::new(move |topics, count| newest(topics, of_newest.clone(), count).boxed()),
            changes: Arc::new(move |topics| changes(topics, of_changes.clone()).boxed()),
        }
    }

    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    /// Returns at most `count` of the newest events as JSON objects, oldest first.
    ///
    /// # Errors
    ///
    /// The problem of an unavailable backplane.
    pub(crate) async fn newest(
        &self,
        topics: &Topics,
        count: usize,
    ) -> Result<Vec<Value>, Problem> {
        (self.newest)(topics, count).await
    }

    /// Returns a stream with an item for each event that any node publishes after this future has
    /// completed, and for each gap in the events.
    ///
    /// # Errors
    ///
    /// The problem of an unavailable backplane.
    pub(crate) async fn changes(&self, topics: &Topics) -> Result<BoxStream<'static, ()>, Problem> {
        (self.changes)(topics).await
    }
}

fn newest<T: 'static>(
    topics: &Topics,
    name: TopicName<T>,
    count: usize,
) -> impl Future<Output = Result<Vec<Value>, Problem>> + Send + 'static {
    let topic = topics.topic(name);
    async move {
        let page = topic.read().limit(count).text_events().await?;
        let events = page.events.into_iter().filter_map(|event| match event {
            Received::Event { position, name, data } => {
                let data = serde_json::from_str(&data).unwrap_or(Value::String(data));
                Some(json!({ "id": position.id().to_string(), "event": name, "data": data }))
            }
            _ => None,
        });
        Ok(events.collect())
    }
}

fn changes<T: 'static>(
    topics: &Topics,
    name: TopicName<T>,
) -> impl Future<Output = Result<BoxStream<'static, ()>, Problem>> + Send + 'static {
    let topic = topics.topic(name);
    async move {
        // Reads the current position first. On a node that does not know the log of its backplane
        // yet, a subscription without a position would start only when it is polled.
        let now = topic.read().limit(1).text_events().await?.newer;
        Ok(topic.subscribe().after(now).text_events().map(|_| ()).boxed())
    }
}

impl fmt::Debug for TopicSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("TopicSource").field(&self.name).finish()
    }
}
