//! Tests of followers: entries of the same process come from memory, others from disk.

use futures_util::StreamExt;
use hyperpoint_topics::Backplane;
use hyperpoint_topics::backplane::Deletion;
use rusqlite::Connection;

use super::log_folder::{LogFolder, publish};

#[tokio::test(flavor = "multi_thread")]
async fn a_follower_receives_events_of_its_process_without_reading_them_from_disk() {
    let folder = LogFolder::new();
    let log = folder.open();
    // Each row is damaged for everyone who reads it from disk.
    let shell = Connection::open(folder.file("topics.db")).unwrap();
    let damage = "CREATE TRIGGER damage AFTER INSERT ON event BEGIN
                      UPDATE event SET data = 'changed' WHERE seq = NEW.seq;
                  END";
    shell.execute_batch(damage).unwrap();
    let mut following = log.follow(None).await.unwrap();
    let mut later = log.follow(None).await.unwrap();
    publish(&log, 0..3).await;
    for number in 0..3 {
        let entry = following.entries.next().await.unwrap().unwrap();
        assert_eq!((entry.sequence, entry.data), (number + 1, number.to_string()));
    }
    // An event that is larger than the memory is read from disk, and so are those before it.
    let large = super::log_folder::draft("t", "x".repeat(2 * 1024 * 1024));
    log.publish(large).await.unwrap();
    following.entries.next().await.unwrap().unwrap_err();
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

#[tokio::test(flavor = "multi_thread")]
async fn a_new_follower_does_not_receive_an_event_that_another_process_has_deleted() {
    let folder = LogFolder::new();
    let (first, second) = (folder.open(), folder.open());
    let _other = first.follow(None).await.unwrap();
    let begin = publish(&first, 0..1).await;
    publish(&first, 1..5).await;
    second.delete("t", Deletion::Event(3)).await.unwrap();
    let mut following = first.follow(Some(begin)).await.unwrap();
    for sequence in [2, 4, 5] {
        assert_eq!(following.entries.next().await.unwrap().unwrap().sequence, sequence);
    }
    let deletion = following.entries.next().await.unwrap().unwrap();
    assert_eq!(deletion.deletes, Some(Deletion::Event(3)));
}
