//! Tests of followers: entries of the same process come from memory, others from disk.

use hyperpoint_topics::Backplane;
use rusqlite::Connection;

use super::log_folder::{LogFolder, publish};
use futures_util::StreamExt;

#[tokio::test(flavor = "multi_thread")]
async fn a_follower_receives_events_of_its_process_without_reading_them_from_disk() {
    let folder = LogFolder::new();
    let log = folder.open();
    let mut following = log.follow(None).await.unwrap();
    let mut later = log.follow(None).await.unwrap();
    publish(&log, 0..3).await;
    // A row that was changed on disk is damaged for everyone who reads it.
    let shell = Connection::open(folder.file("topics.db")).unwrap();
    shell.execute("UPDATE event SET data = 'changed' WHERE seq = 2", []).unwrap();
    for number in 0..3 {
        let entry = following.entries.next().await.unwrap().unwrap();
        assert_eq!((entry.sequence, entry.data), (number + 1, number.to_string()));
    }
    // This follower reads from disk, because more events than are kept in memory were stored.
    let large = super::log_folder::draft("t", "x".repeat(2 * 1024 * 1024));
    log.publish(large).await.unwrap();
    assert_eq!(later.entries.next().await.unwrap().unwrap().sequence, 1);
    later.entries.next().await.unwrap().unwrap_err();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_follower_receives_the_events_of_two_processes_in_order() {
    let folder = LogFolder::new();
    let (first, second) = (folder.open(), folder.open());
    let mut following = first.follow(None).await.unwrap();
    for number in 0..60 {
        let log = if number % 7 < 4 { &first } else { &second };
        publish(log, number..number + 1).await;
    }
    for number in 0..60 {
        let entry = following.entries.next().await.unwrap().unwrap();
        assert_eq!((entry.sequence, entry.data), (number + 1, number.to_string()));
    }
}
