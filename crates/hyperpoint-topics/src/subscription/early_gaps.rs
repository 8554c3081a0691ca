//! Tests of a subscription that is asked for its gap before it has started.

use futures_util::FutureExt;
use futures_util::future::poll_fn;
use hyperpoint_sse::stream::{FrameSource, FrameStart};

use super::Subscription;
use crate::name::TopicName;
use crate::topics::Topics;

const TICKS: TopicName<u32> = TopicName::new("ticks");

#[tokio::test]
async fn a_subscription_without_a_gap_keeps_the_state_of_its_start() {
    let topics = Topics::default();
    let ticks = topics.topic(TICKS);
    ticks.publish(&7).await.unwrap();
    let mut subscription = Subscription::to(&ticks).history(1);
    subscription.open(FrameStart::default());
    assert!(subscription.take_gap().is_none());
    let mut text = String::new();
    while let Some(frame) = poll_fn(|cx| subscription.poll_frame(cx)).now_or_never() {
        text.push_str(std::str::from_utf8(&frame.unwrap().bytes).unwrap());
    }
    assert!(text.ends_with(" 7\n\n"), "{text}");
}
