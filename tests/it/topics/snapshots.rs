//! Snapshots, which a client receives in place of the events that it missed.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use hyperpoint::prelude::*;
use hyperpoint_testing::Client;

use super::topic_host::{ROOM, read};
use crate::wire::scripted;

#[tokio::test(start_paused = true)]
async fn a_gap_is_followed_by_the_snapshot_and_by_events_published_meanwhile() {
    let topic = Topics::default().topic(ROOM);
    let streamed = topic.clone();
    let state = Arc::new(AtomicU32::new(0));
    let kept = Arc::clone(&state);
    let host = scripted::<u32>(move |cx| {
        let (topic, state) = (streamed.clone(), Arc::clone(&kept));
        Box::pin(async move {
            let snapshot = |gap: hyperpoint::Gap| {
                assert_eq!(gap.reason, hyperpoint::GapReason::Epoch);
                let (state, topic) = (&state, &topic);
                async move {
                    // The position was read before: events published here come after the snapshot.
                    topic.publish(&100).await?;
                    tokio::time::sleep(Duration::from_secs(40)).await;
                    let sum = state.load(Ordering::SeqCst);
                    Ok(vec![StreamItem::text("sum"), StreamItem::json(&sum)?])
                }
            };
            cx.send.topic_async(&topic).snapshot(snapshot).await
        })
    });
    let published = topic.publish(&5).await.unwrap();
    state.store(5, Ordering::SeqCst);
    let request = Client::new(host.build().unwrap()).events("/s");
    let mut events = request.last_event_id("0000000A-000000000002").await.unwrap();
    let gap = events.next().await.unwrap();
    assert_eq!((&*gap.name, gap.id), ("gap", None));
    assert!(gap.data.contains(published.id().as_str()), "{}", gap.data);
    assert!(events.retry_after().is_some());
    let (first, last) = (events.next().await.unwrap(), events.next().await.unwrap());
    assert_eq!((&*first.data, first.id), ("sum", None));
    assert_eq!((&*last.data, last.id), ("5", Some(published.id().to_string())));
    read(&mut events, [100]).await;
    topic.publish(&6).await.unwrap();
    read(&mut events, [6]).await;
}

#[tokio::test(start_paused = true)]
async fn an_empty_snapshot_sets_the_id_and_a_failed_one_ends_the_stream() {
    for fails in [false, true] {
        let topic = Topics::default().topic(ROOM);
        topic.publish(&5).await.unwrap();
        let host = scripted::<u32>(move |cx| {
            let topic = topic.clone();
            Box::pin(async move {
                let snapshot = |_| async move {
                    if fails { Err(Problem::internal("no state")) } else { Ok(Vec::new()) }
                };
                cx.send.topic_async(&topic).snapshot(snapshot).await
            })
        });
        let request = Client::new(host.build().unwrap()).events("/s");
        let mut events = request.last_event_id("x").await.unwrap();
        assert_eq!(events.next().await.unwrap().name, "gap");
        let next = events.next().await.unwrap();
        if fails {
            assert_eq!(next.name, "problem");
            events.ended().await.unwrap();
        } else {
            assert_eq!(next.name, "ready");
            assert!(next.id.unwrap().ends_with("-000000000001"));
        }
    }
}
