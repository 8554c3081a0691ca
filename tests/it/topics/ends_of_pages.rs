//! Clients of several topics that resume by pages of the backplane, one of each topic.

use futures_util::StreamExt;
use hyperpoint::prelude::*;
use hyperpoint::topics::{Position, TopicEvents};
use hyperpoint::{TopicLimits, TopicSet};

use super::received;
use super::scripted_backplane::ScriptedBackplane;
use crate::wire::within;

const NEWS: TopicName<u32> = TopicName::new("news");
const SCORES: TopicName<u32> = TopicName::new("scores");

/// A node that keeps the newest event of each topic.
fn node(log: &ScriptedBackplane) -> Topics {
    let limits = TopicLimits { events: 1, ..TopicLimits::DEFAULT };
    Topics::with_backplane(log.clone(), |options| options.limits = limits)
}

async fn publish(topic: &Topic<u32>, number: u32) -> Position {
    topic.publish(&number).await.unwrap().position()
}

/// Waits until the node has followed the log up to this event.
async fn followed(topic: &Topic<u32>, number: u32) {
    let mut newest = topic.subscribe().history(1).events();
    while take(&mut newest).await != number {}
}

/// Reads an event. Panics at a gap.
async fn take(events: &mut TopicEvents<u32>) -> u32 {
    received::event(within(events.next()).await.unwrap()).unwrap()
}

#[tokio::test(start_paused = true)]
async fn line_29_a_page_that_ends_at_an_event_of_another_topic_hides_no_event() {
    let log = ScriptedBackplane::new();
    let node = node(&log);
    let (news, scores) = (node.topic(NEWS), node.topic(SCORES));
    let start = Position { sequence: 0, ..publish(&news, 1).await };
    publish(&scores, 2).await;
    publish(&scores, 3).await;
    publish(&news, 4).await;
    followed(&news, 4).await;
    let mut events = TopicSet::of([&news, &scores]).subscribe().after(start).events();
    assert_eq!(take(&mut events).await, 1);
    // The pages of both topics end at 4. The node has later scores, but not the one after that.
    publish(&scores, 5).await;
    publish(&scores, 6).await;
    followed(&scores, 6).await;
    for number in 2..=6 {
        assert_eq!(take(&mut events).await, number);
    }
}
