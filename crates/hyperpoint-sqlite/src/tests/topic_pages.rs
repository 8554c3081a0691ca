//! Tests of pages of a topic: their bounds, and their progress through a log with few events of the
//! topic.

use hyperpoint_topics::backplane::{Backplane, PageQuery};
use hyperpoint_topics::{TopicName, Topics};
use rusqlite::Connection;

use super::log_folder::{LogFolder, publish, read};
use crate::folder::Folder;
use crate::generation_rows::GenerationRows;
use crate::mark::MarkFile;
use crate::numbers::{block_of, first_of};

#[tokio::test(flavor = "multi_thread")]
async fn pages_at_the_largest_sequence_are_read() {
    let folder = LogFolder::new();
    let log = folder.open();
    let last = publish(&log, 0..3).await;
    for after in [last.sequence, last.sequence + 1, u64::MAX - 1, u64::MAX] {
        let page = log.read(PageQuery::after("t", after, usize::MAX)).await.unwrap();
        assert_eq!((page.entries.len(), page.through), (0, last.sequence));
    }
    let page = log.read(PageQuery::before("t", u64::MAX, usize::MAX)).await.unwrap();
    assert_eq!((page.entries.len(), page.through), (3, last.sequence));
}

/// Makes a closed log skip the sequence numbers of `count` blocks when it is opened.
fn skip_blocks(folder: &LogFolder, count: u64) {
    let shell = Connection::open(folder.file("topics.db")).unwrap();
    let newest = GenerationRows::newest_epoch(&shell).unwrap().unwrap();
    drop(shell);
    let (folder, _) = Folder::open(folder.path()).unwrap();
    MarkFile::open(&folder, newest.bits()).unwrap().write(first_of(count)).unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_without_events_makes_progress_to_the_events_after_it() {
    let folder = LogFolder::new();
    drop({
        let log = folder.open();
        publish(&log, 0..1).await;
        log
    });
    skip_blocks(&folder, 10_000);
    let log = folder.open();
    let last = publish(&log, 1..2).await.sequence;
    assert!(last > first_of(10_000));
    assert_eq!(read(&log, 0).await, [0]);
    let (mut after, mut through) = (1, Vec::new());
    while after < last {
        let page = log.read(PageQuery::after("t", after, usize::MAX)).await.unwrap();
        assert!(page.through > after && page.evicted_through == 0);
        assert_eq!(page.entries.is_empty(), page.through < last);
        after = page.through;
        through.push(after);
    }
    assert_eq!(through.len(), 3, "{through:?}");
    assert_eq!(through[0], first_of(4_096) - 1, "a page covers 4,096 blocks");
    let (mut before, mut pages, mut begins) = (last, Vec::new(), Vec::new());
    while before > 1 {
        let page = log.read(PageQuery::before("t", before, usize::MAX)).await.unwrap();
        assert!(page.after + 1 < before && page.evicted_through == 0);
        pages.push(page.entries.len());
        before = page.after + 1;
        begins.push(before);
    }
    assert_eq!(begins[0], first_of(block_of(last) - 4_095), "a page covers 4,096 blocks");
    assert_eq!(pages, [0, 0, 1]);
    let topics = Topics::with_backplane(log, |_| {});
    let numbers = topics.topic(TopicName::<u32>::new("t"));
    let newest = numbers.read().limit(2).events().await.unwrap();
    assert_eq!((newest.events.len(), newest.older), (2, None));
}
