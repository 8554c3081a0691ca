//! Deletions while a node reads pages of its backplane.

use futures_util::{FutureExt, StreamExt};
use hyperpoint::prelude::*;
use hyperpoint::topics::{Position, TopicEvents};
use hyperpoint::{OnLag, TopicLimits};

use super::received;
use super::scripted_backplane::ScriptedBackplane;
use crate::wire::{eventually, within};

const NUMBERS: TopicName<u32> = TopicName::new("numbers");
const OTHERS: TopicName<u32> = TopicName::new("others");

fn topics(log: &ScriptedBackplane, events: usize) -> Topics {
    let limits = TopicLimits { events, ..TopicLimits::DEFAULT };
    Topics::with_backplane(log.clone(), |options| options.limits = limits)
}

async fn publish(topics: &Topics, numbers: std::ops::Range<u32>) -> Vec<Position> {
    let mut positions = Vec::new();
    for number in numbers {
        positions.push(topics.topic(NUMBERS).publish(&number).await.unwrap().position());
    }
    positions
}

/// Reads up to this number. Panics at a gap.
async fn read_to(events: &mut TopicEvents<u32>, last: u32) -> Vec<u32> {
    let mut read = Vec::new();
    while read.last() != Some(&last) {
        let next = within(events.next()).await.unwrap();
        read.push(received::event(next).unwrap());
    }
    read
}

#[tokio::test(start_paused = true)]
async fn a_page_that_is_read_while_events_of_other_topics_are_deleted_is_read_once() {
    let log = ScriptedBackplane::new();
    let topics = topics(&log, 2);
    let positions = publish(&topics, 0..20).await;
    let mut live = topics.topic(NUMBERS).subscribe().history(1).events();
    assert_eq!(read_to(&mut live, 19).await, [19]);
    log.change(|log| log.holds_pages = true);
    let numbers = topics.topic(NUMBERS);
    let mut resumed = numbers.subscribe().on_lag(OnLag::Resume).after(positions[0]).events();
    assert_eq!(resumed.next().now_or_never(), None);
    eventually(|| log.change(|log| log.reads) == 1).await;
    for number in 0..5 {
        let other = topics.topic(OTHERS).publish(&number).await.unwrap();
        assert!(topics.topic(OTHERS).delete(other.position()).await.unwrap());
    }
    log.change(|log| log.holds_pages = false);
    assert_eq!(read_to(&mut resumed, 19).await, (1..20).collect::<Vec<_>>());
    assert_eq!(log.change(|log| log.reads), 1);
}

#[tokio::test(start_paused = true)]
async fn a_page_that_is_read_while_its_events_are_deleted_is_read_once_and_has_none_of_them() {
    let log = ScriptedBackplane::new();
    let topics = topics(&log, 2);
    let positions = publish(&topics, 0..20).await;
    let mut live = topics.topic(NUMBERS).subscribe().history(1).events();
    assert_eq!(read_to(&mut live, 19).await, [19]);
    log.change(|log| log.holds_pages = true);
    let numbers = topics.topic(NUMBERS);
    let mut resumed = numbers.subscribe().on_lag(OnLag::Resume).after(positions[0]).events();
    assert_eq!(resumed.next().now_or_never(), None);
    eventually(|| log.change(|log| log.reads) == 1).await;
    for deleted in [3, 5, 7] {
        assert!(numbers.delete(positions[deleted]).await.unwrap());
    }
    log.change(|log| log.holds_pages = false);
    let left: Vec<_> = (1..20).filter(|number| ![3, 5, 7].contains(number)).collect();
    assert_eq!(read_to(&mut resumed, 19).await, left);
    assert_eq!(log.change(|log| log.reads), 1);
    // A page that was read before is used again, without what was deleted since.
    assert!(numbers.delete(positions[10]).await.unwrap());
    let mut resumed = numbers.subscribe().on_lag(OnLag::Resume).after(positions[8]).events();
    let left: Vec<_> = (9..20).filter(|number| *number != 10).collect();
    assert_eq!(read_to(&mut resumed, 19).await, left);
    assert_eq!(log.change(|log| log.reads), 1);
}
