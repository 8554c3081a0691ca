//! A host with one topic, and clients that read it.

use std::sync::Arc;

use hyperpoint::prelude::*;
use hyperpoint::{TopicStream, TopicsOptions};
use hyperpoint_testing::{Client, Event, EventReader};

use crate::wire::scripted;

/// The topic of the tests.
pub(super) const ROOM: TopicName<u32> = TopicName::new("room");

/// A host in memory whose `/s` streams a topic, and that topic.
pub(super) struct Room {
    pub(super) client: Client,
    pub(super) topics: Topics,
    pub(super) topic: Topic<u32>,
}

impl Room {
    /// Creates a host with default topics.
    pub(super) fn new() -> Self {
        Self::with(|_| {}, |stream| stream)
    }

    /// Creates a host with these options of the topics and of the stream.
    pub(super) fn with(
        options: impl FnOnce(&mut TopicsOptions),
        stream: impl for<'a> Fn(TopicStream<'a>) -> TopicStream<'a> + Send + Sync + 'static,
    ) -> Self {
        let topics = Topics::new(options);
        let topic = topics.topic(ROOM);
        let (streamed, stream) = (topic.clone(), Arc::new(stream));
        let host = scripted::<u32>(move |cx| {
            let (topic, stream) = (streamed.clone(), Arc::clone(&stream));
            Box::pin(async move { stream(cx.send.topic_async(&topic)).await })
        });
        Self { client: Client::new(host.build().unwrap()), topics, topic }
    }

    /// Publishes numbers.
    pub(super) async fn publish(&self, numbers: impl IntoIterator<Item = u32>) {
        for number in numbers {
            self.topic.publish(&number).await.unwrap();
        }
    }

    /// Connects a client with this last event id, and reads the first event, which has this name.
    pub(super) async fn open(&self, id: Option<&str>, name: &str) -> (EventReader, Event) {
        let mut request = self.client.events("/s");
        if let Some(id) = id {
            request = request.last_event_id(id);
        }
        let mut events = request.await.unwrap();
        let first = events.next().await.unwrap();
        assert_eq!(first.name, name, "{}", first.data);
        (events, first)
    }
}

/// Reads events with these data, and returns the id of the last.
pub(super) async fn read(
    events: &mut EventReader,
    expected: impl IntoIterator<Item = u32>,
) -> String {
    for number in expected {
        assert_eq!(events.next().await.unwrap().data, number.to_string());
    }
    events.last_event_id().to_owned()
}
