//! Tests of subscriptions that park their streams.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll, Wake, Waker};

use hyperpoint_sse::stream::{Delivery, FrameSource, FrameStart, Outlet, Parking, Sending};

use super::Subscription;
use crate::topics::Topics;
use crate::{Topic, TopicName};

const NUMBERS: TopicName<u32> = TopicName::new("numbers");

#[derive(Default)]
struct Count(AtomicUsize);

impl Wake for Count {
    fn wake(self: Arc<Self>) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }
}

/// An outlet that can always be parked, and to which no writer writes.
struct Unused;

impl Outlet for Unused {
    fn park(&self, _: u64, _: &Parking<'_>) -> bool {
        true
    }

    fn position(&self) -> Option<u64> {
        None
    }

    fn send(&self, _: &Delivery) -> Sending {
        Sending::Unparked
    }

    fn wake(&self) {}
}

/// A subscription that has sent all events, and its task.
struct Waiting {
    subscription: Subscription,
    task: Arc<Count>,
}

impl Waiting {
    fn new(topic: &Topic<u32>) -> Self {
        let mut subscription = Subscription::to(topic);
        subscription.open(FrameStart::default());
        let mut waiting = Self { subscription, task: Arc::default() };
        while waiting.poll().is_ready() {}
        waiting
    }

    fn poll(&mut self) -> Poll<()> {
        let waker = Waker::from(Arc::clone(&self.task));
        self.subscription.poll_frame(&mut Context::from_waker(&waker)).map(drop)
    }

    fn park(&mut self) {
        let (waker, outlet) = (Waker::from(Arc::clone(&self.task)), Arc::new(Unused));
        let outlet: Arc<dyn Outlet> = outlet;
        self.subscription.park(Parking { outlet: &outlet, waker: &waker, report_at: None });
    }

    fn woken(&self) -> usize {
        self.task.0.load(Ordering::Relaxed)
    }
}

#[tokio::test]
async fn an_event_wakes_no_task_of_a_parked_stream_and_each_other_one() {
    let topic = Topics::default().topic(NUMBERS);
    let mut all: Vec<_> = (0..10).map(|_| Waiting::new(&topic)).collect();
    all[..5].iter_mut().for_each(Waiting::park);
    topic.publish(&1).await.unwrap();
    let woken: Vec<_> = all.iter().map(Waiting::woken).collect();
    assert_eq!(woken, [0, 0, 0, 0, 0, 1, 1, 1, 1, 1]);
}

#[tokio::test]
async fn an_event_between_the_last_poll_and_the_parking_wakes_the_task() {
    let topic = Topics::default().topic(NUMBERS);
    let mut all: Vec<_> = (0..10).map(|_| Waiting::new(&topic)).collect();
    all[0].park();
    topic.publish(&1).await.unwrap();
    let before: Vec<_> = all.iter().map(Waiting::woken).collect();
    all.iter_mut().for_each(Waiting::park);
    for (waiting, before) in all.iter().zip(before) {
        assert_eq!(waiting.woken(), before + 1);
    }
}

#[test]
fn outside_of_a_runtime_and_with_few_subscribers_a_subscription_waits_as_a_task() {
    let topic = Topics::default().topic(NUMBERS);
    let mut all: Vec<_> = (0..10).map(|_| Waiting::new(&topic)).collect();
    all.iter_mut().for_each(Waiting::park);
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    runtime.block_on(topic.publish(&1).into_future()).unwrap();
    assert!(all.iter().all(|waiting| waiting.woken() == 1));
    runtime.block_on(async {
        all.truncate(7);
        for waiting in &mut all {
            while waiting.poll().is_ready() {}
            waiting.park();
        }
        topic.publish(&2).await.unwrap();
    });
    assert!(all.iter().all(|waiting| waiting.woken() == 2));
}
