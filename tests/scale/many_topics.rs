//! The memory of a large number of topics is what their limit counts.

use hyperpoint::prelude::*;
use hyperpoint::{TopicTemplate, topics::Topics};

use crate::one_at_a_time::turn;
use crate::own_process::is_alone;
use crate::resident::resident_kib;

const USER: TopicTemplate<String> = TopicTemplate::new("notifications/user/{id}");
const TOPICS: usize = 100_000;

#[tokio::test]
async fn the_memory_of_many_topics_is_what_their_limit_counts() {
    let _turn = turn().await;
    if !is_alone("many_topics::the_memory_of_many_topics_is_what_their_limit_counts") {
        return;
    }
    // The first ones are kept, so that their memory is not used again.
    let mut kept = Vec::new();
    for (key_bytes, data_bytes) in [(0, 100), (200, 700)] {
        let topics = Topics::new(|options| options.total_bytes = 1 << 30);
        let before = resident_kib();
        for number in 0..TOPICS {
            let topic = topics.topic(USER.with([number]));
            let data = "x".repeat(data_bytes);
            let publish = topic.publish(&data);
            match key_bytes {
                0 => publish.await.unwrap(),
                _ => publish.key("k".repeat(key_bytes)).await.unwrap(),
            };
        }
        let resident = (resident_kib() - before) as f64 * 1024.0;
        let counted = topics.bytes() as f64;
        let each = resident / TOPICS as f64;
        println!("{each:.0} bytes a topic, of which {:.0} are counted", counted / TOPICS as f64);
        assert_eq!(topics.count(), TOPICS);
        assert!((resident / counted - 1.0).abs() < 0.1, "{resident} resident, {counted} counted");
        kept.push(topics);
    }
}
