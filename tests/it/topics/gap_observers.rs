//! Gaps that the application observes.

use std::sync::{Arc, Mutex};

use hyperpoint::{Gap, GapReason, TopicLimits};

use super::topic_host::{Room, read};

#[tokio::test(start_paused = true)]
async fn a_gap_is_observed_and_the_remaining_events_follow() {
    let seen: Arc<Mutex<Vec<Gap>>> = Arc::default();
    let noted = Arc::clone(&seen);
    let limits = TopicLimits { events: 4, ..TopicLimits::DEFAULT };
    let room = Room::with(
        move |options| options.limits = limits,
        move |stream| {
            let noted = Arc::clone(&noted);
            stream.on_gap(move |gap| noted.lock().unwrap().push(gap.clone()))
        },
    );
    let (mut events, ready) = room.open(None, "ready").await;
    assert_eq!(*seen.lock().unwrap(), []);
    room.publish(1..=9).await;
    let gap = events.next().await.unwrap();
    assert_eq!(gap.name, "gap");
    read(&mut events, 6..=9).await;
    let (mut late, _) = room.open(ready.id.as_deref(), "gap").await;
    read(&mut late, 6..=9).await;
    let (mut unknown, _) = room.open(Some("7"), "gap").await;
    read(&mut unknown, 6..=9).await;
    let seen = seen.lock().unwrap();
    let reasons: Vec<_> = seen.iter().map(|gap| gap.reason).collect();
    assert_eq!(reasons, [GapReason::Lagged, GapReason::Evicted, GapReason::Unknown]);
    assert_eq!(seen[0].requested, ready.id);
    assert_eq!(Some(seen[0].from.as_str()), gap.id.as_deref());
    assert_eq!(seen[2].requested.as_deref(), Some("7"));
}
