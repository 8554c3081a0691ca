//! Tests of a full disk on which space is freed later.

use hyperpoint_topics::backplane::{Backplane, BackplaneErrorKind, Deletion, Draft};

use super::log_folder::{LogFolder, draft, publish, publish_all, read};
use crate::connection::Pace;

fn full_at(max_pages: u32) -> Pace {
    Pace { max_pages: Some(max_pages), ..Pace::default() }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_full_disk_refuses_events_and_loses_none_that_were_acknowledged() {
    let folder = LogFolder::new();
    let log = folder.open_at(full_at(100));
    let (mut acknowledged, mut refused) = (Vec::new(), 0);
    for number in 0..600_u32 {
        let data = format!("{number:0900}");
        match log.publish(draft("t", data)).await {
            Ok(_) => acknowledged.push(number),
            Err(error) => {
                assert_eq!(error.kind(), BackplaneErrorKind::Full);
                let source = std::error::Error::source(&error).unwrap().to_string();
                assert!(source.starts_with("the disk is full ("), "{source}");
                refused += 1;
            }
        }
    }
    assert!(refused > 100 && acknowledged.len() > 100);
    let first = log.follow(None).await.unwrap().position;
    assert_eq!(read(&log, 0).await, acknowledged);
    // The idempotency key of a failed event is not kept; the key of a stored event is.
    let once = Draft { once: Some("order 7".to_owned()), ..draft("t", "7".repeat(5_000)) };
    log.publish(once.clone()).await.unwrap_err();
    log.publish(once.clone()).await.unwrap_err();
    drop(log);
    let log = folder.open();
    assert_eq!(read(&log, 0).await, acknowledged);
    let stored = log.publish(once.clone()).await.unwrap();
    let again = log.publish(once).await.unwrap();
    assert!(!stored.is_duplicate && again.is_duplicate);
    let next = publish(&log, 600..601).await;
    assert!(log.look_up(first).await.unwrap().is_past);
    assert_eq!(next.sequence, acknowledged.len() as u64 + 2, "failed events have no number");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_topic_is_purged_on_a_full_disk_and_its_space_is_used_again() {
    let folder = LogFolder::new();
    let log = folder.open_at(full_at(600));
    let event = || draft("t", "7".repeat(900));
    while publish_all(&log, (0..400).map(|_| event())).await.iter().all(Result::is_ok) {}
    while log.publish(event()).await.is_ok() {}
    log.publish(draft("t", "7".repeat(5_000))).await.unwrap_err();
    let deleted = log.delete("t", Deletion::Through(u64::MAX)).await.unwrap();
    assert!(deleted.events > 1_000);
    log.publish(draft("t", "7".repeat(5_000))).await.unwrap();
}
