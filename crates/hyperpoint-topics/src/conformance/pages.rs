//! Checks that the history of a topic can be read in pages, in both directions.
#![expect(clippy::indexing_slicing, reason = "a missing element is a failed check")]

use super::engine::Engine;
use super::steps::{draft, end, publish};
use crate::backplane::{Entry, PageQuery};

pub(super) async fn the_history_of_one_topic_is_read_page_by_page(engine: &dyn Engine) {
    let node = engine.node().await;
    let start = end(&node).await;
    let mut expected = Vec::new();
    for number in 0..40 {
        let topic = if number % 4 == 0 { "past/other" } else { "past" };
        let data = format!("{number} {}", "x".repeat(1000));
        let stored = publish(&node, draft(topic, &data)).await;
        if number % 4 != 0 {
            expected.push((stored.position.sequence, data));
        }
    }
    let last = end(&node).await;
    let (mut after, mut seen, mut pages) = (start.sequence, Vec::new(), 0);
    while after < last.sequence {
        let page =
            node.read(PageQuery::after("past", after, 5000)).await.expect("reading should succeed");
        assert_eq!(page.epoch, start.epoch);
        assert!(page.entries.iter().all(|entry| entry.epoch == start.epoch));
        assert!(page.evicted_through <= start.sequence, "no event may be reported as evicted");
        assert!(page.through > after, "each page must make progress");
        assert!(page.entries.iter().all(|entry| entry.topic == "past" && entry.sequence > after));
        assert!(page.entries.last().is_none_or(|entry| entry.sequence <= page.through));
        seen.extend(page.entries.into_iter().map(|entry| (entry.sequence, entry.data)));
        (after, pages) = (page.through, pages + 1);
    }
    assert_eq!(seen, expected);
    assert!(pages > 2, "`limit_bytes` must limit the size of a page");
}

pub(super) async fn the_history_of_one_topic_is_read_backwards(engine: &dyn Engine) {
    let node = engine.node().await;
    let mut expected = Vec::new();
    for number in 0..90 {
        let topic = if number % 3 == 0 { "back" } else { "back/other" };
        let stored = publish(&node, draft(topic, format!("{number} {}", "x".repeat(100)))).await;
        if number % 3 == 0 {
            expected.push(stored.position);
        }
    }
    let last = end(&node).await;
    for (limit_events, limit_bytes) in
        [(1, usize::MAX), (7, usize::MAX), (1_000, 500), (1_000, 1 << 20)]
    {
        let (mut before, mut seen, mut pages) = (u64::MAX, Vec::new(), 0);
        loop {
            let query = PageQuery::before("back", before, limit_bytes);
            let page = node
                .read(PageQuery { limit_events, ..query })
                .await
                .expect("reading should succeed");
            assert_eq!(page.epoch, last.epoch);
            assert_eq!(
                page.through,
                last.sequence.min(before - 1),
                "a page must end just before the requested sequence, or at the end of the log"
            );
            assert!(page.entries.len() <= limit_events);
            assert!(page.entries.is_sorted_by_key(|entry| entry.sequence));
            let is_within = |entry: &Entry| {
                entry.topic == "back" && (page.after + 1..=page.through).contains(&entry.sequence)
            };
            assert!(
                page.entries.iter().all(is_within),
                "an event of another topic, or outside the page: {page:?}"
            );
            seen.extend(page.entries.iter().rev().map(Entry::position));
            pages += 1;
            if page.after <= page.evicted_through {
                break;
            }
            assert!(page.after + 1 < before, "each page must make progress");
            before = page.after + 1;
        }
        seen.reverse();
        assert_eq!(seen, expected, "{limit_events} events, {limit_bytes} bytes");
        assert!(
            limit_events > 7 || pages >= expected.len() / limit_events,
            "`limit_events` must limit a page"
        );
    }
    let unused = PageQuery::before("back/none", u64::MAX, 1_000);
    assert_eq!(node.read(unused).await.expect("reading should succeed").entries, []);
    let at_first = PageQuery::before("back", expected[0].sequence, 1_000);
    assert_eq!(
        node.read(at_first).await.expect("reading should succeed").entries,
        [],
        "a page before an event must not contain the event"
    );
}
