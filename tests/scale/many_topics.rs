//! The memory of a large number of topics is what their limit counts.

use hyperpoint::{TopicTemplate, Topics};

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
        let resident = usize::try_from(resident_kib() - before).unwrap() * 1024;
        let counted = topics.bytes();
        let (each, counted_each) = (resident / TOPICS, counted / TOPICS);
        println!("{each} bytes a topic, of which {counted_each} are counted");
        assert_eq!(topics.count(), TOPICS);
        assert!(
            resident.abs_diff(counted) * 10 < counted,
            "{resident} resident, {counted} counted"
        );
        kept.push(topics);
    }
}
