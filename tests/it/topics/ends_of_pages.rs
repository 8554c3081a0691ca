//! Clients of several topics that resume by pages of the backplane, one of each topic.

use futures_util::{FutureExt, StreamExt};
use hyperpoint::prelude::*;
use hyperpoint::topics::backplane::Draft;
use hyperpoint::topics::{Position, TopicEvents};
use hyperpoint::{OnLag, TopicLimits, TopicSet};

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

/// Stores numbers from 1 in these topics, and starts a node that keeps the newest one alone. Returns the
/// position before them.
fn stored(log: &ScriptedBackplane, topics: &[&str]) -> (Topics, Position) {
    let positions = topics.iter().zip(1_u32..).map(|(topic, number)| {
        let (topic, data) = ((*topic).to_owned(), number.to_string());
        let draft = Draft { topic, name: None, data, key: None, expires_after: None, once: None };
        log.change(|log| log.put(draft))
    });
    let last = positions.last().unwrap();
    let node = Topics::with_backplane(log.clone(), |options| options.preload_events = 1);
    (node, Position { sequence: 0, ..last })
}

/// Reads what a client gets before it waits. Panics at a gap.
async fn take_all(events: &mut TopicEvents<u32>) -> Vec<u32> {
    let mut all = Vec::new();
    for _ in 0..20 {
        while let Some(received) = events.next().now_or_never() {
            all.push(received::event(received.unwrap()).unwrap());
        }
        tokio::task::yield_now().await;
    }
    all
}

#[tokio::test(start_paused = true)]
async fn a_page_that_ends_at_an_event_that_the_node_keeps_of_another_topic_hides_no_event() {
    let log = ScriptedBackplane::new();
    let (node, before) = stored(&log, &["news", "news", "other", "other", "scores"]);
    let both = TopicSet::of([&node.topic(SCORES), &node.topic(NEWS)]);
    let after = Position { sequence: 1, ..before };
    assert_eq!(take_all(&mut both.subscribe().after(after).events()).await, [2, 5]);
}

#[tokio::test(start_paused = true)]
async fn a_client_of_the_newest_event_is_sent_no_older_one_of_a_page() {
    let log = ScriptedBackplane::new();
    let (node, before) = stored(&log, &["news", "scores", "news", "scores", "news", "other"]);
    let (news, scores) = (node.topic(NEWS), node.topic(SCORES));
    let newest = || news.subscribe().on_lag(OnLag::Latest);
    assert_eq!(take_all(&mut newest().after(before).events()).await, [5]);
    let both = || TopicSet::of([&news, &scores]).subscribe().on_lag(OnLag::Latest);
    assert_eq!(take_all(&mut both().after(before).events()).await, [4, 5]);
    let mut cut = both().after(before).events();
    assert_eq!(take(&mut cut).await, 4);
    let mut resumed = both().after(cut.position().unwrap()).events();
    assert_eq!(take_all(&mut resumed).await, [5]);
}
