//! Events that a parked stream is sent beside those of its topic: at its maximum age, when its identity is
//! revoked, and snapshots after gaps.

use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::time::Duration;

use futures_util::FutureExt;
use futures_util::future::join_all;
use hyperpoint::prelude::*;
use hyperpoint::schemes::{CookieSessions, SigningKeys};
use hyperpoint::{
    FromServices, Identity, PostCx, PostProcessor, Running, TopicLimits, async_trait,
};
use tokio::time::Instant;
use tracing::Level;

use super::parked_host::{LONG, MANY, NUMBERS, data, host, open, park, publish, writings};
use crate::telemetry::captured::Captured;
use crate::wire::raw::Raw;
use crate::wire::{eventually, scripted};

const OTHERS: TopicName<u32> = TopicName::new("others");

/// Asserts that a stream ends with an event `reconnect` and the last chunk, after these numbers.
async fn assert_reconnect(raw: &mut Raw, numbers: &[u32]) {
    let body = raw.chunked_body().await;
    assert_eq!(data(&body), numbers, "{body:?}");
    let (_, last) = body.trim_end().rsplit_once("\n\n").unwrap_or(("", &body));
    assert!(last.trim_end().starts_with("event: reconnect\n"), "{body:?}");
}

#[tokio::test]
async fn a_parked_stream_ends_at_its_maximum_age() {
    let age = Duration::from_secs(1);
    let log = Captured::at(Level::TRACE);
    let topic = Topics::default().topic(NUMBERS);
    let host = host(&topic, move |stream| stream.keep_alive(LONG).max_age(age));
    let host = host.start().await.unwrap();
    let began = Instant::now();
    let mut clients = open(&host, MANY).await;
    park(&log, &topic, &mut clients).await;
    publish(&topic, &mut clients, 1).await;
    assert!(began.elapsed() < age, "the machine is too slow for this test");
    join_all(clients.iter_mut().map(|raw| assert_reconnect(raw, &[]))).await;
    assert!(began.elapsed() >= age, "{:?}", began.elapsed());
    eventually(|| topic.subscribers() == 0).await;
    // The connections stay open for the next stream.
    for raw in &mut clients {
        raw.write("GET /s HTTP/1.1\r\nhost: a\r\n\r\n").await;
        assert_eq!(raw.head().await.status(), 200);
    }
}

/// Streams numbers to users who are signed in.
#[derive(Endpoint)]
#[endpoint(by_hand)]
struct Mine {
    topics: Arc<Topics>,
}

impl Endpoint for Mine {
    type Request = ();
    type Response = Events<u32>;

    fn configure(config: &mut Config) {
        config.get("/mine");
    }

    async fn handle(&self, (): (), cx: Cx<'_, Self>) -> Result {
        cx.send.topic_async(&self.topics.topic(NUMBERS)).keep_alive(LONG).await
    }
}

/// Opens streams at this path with this cookie, and reads their first event.
async fn open_at(host: &Running, path: &str, cookie: &str, count: usize) -> Vec<Raw> {
    let request = format!("GET {path} HTTP/1.1\r\nhost: a\r\ncookie: {cookie}\r\n\r\n");
    let streams = (0..count).map(|_| async {
        let mut raw = Raw::open(host.address(), &request).await;
        assert_eq!(raw.head().await.status(), 200);
        raw.chunks_until("\n\n").await;
        raw
    });
    join_all(streams).await
}

#[tokio::test]
async fn parked_streams_end_when_their_user_signs_out_and_those_of_others_do_not() {
    let log = Captured::at(Level::TRACE);
    let has_left = Arc::new(AtomicBool::default());
    let seen = Arc::clone(&has_left);
    let sessions = CookieSessions::new(SigningKeys::new([7; 32])).check(move |identity| {
        let holds = identity.subject() != Some("ann") || !seen.load(Ordering::SeqCst);
        async move { Ok(holds) }
    });
    let sessions = Arc::new(sessions);
    let cookie = |user: &str| {
        let (head, ()) = http::Request::post("/").body(()).unwrap().into_parts();
        let cookie = sessions.sign_in(&head, &Identity::user(user)).unwrap();
        cookie.to_str().unwrap().split(';').next().unwrap().to_owned()
    };
    let interval = Duration::from_millis(400);
    let host = Host::empty().endpoint::<Mine>().authentication(Arc::clone(&sessions));
    let host = host.options(|options| options.revocation_check = interval).bind("127.0.0.1:0");
    let topics = Arc::new(Topics::default());
    let topic = topics.topic(NUMBERS);
    let host = host.service(topics).start().await.unwrap();
    let mut of_ann = open_at(&host, "/mine", &cookie("ann"), MANY).await;
    let mut of_bob = open_at(&host, "/mine", &cookie("bob"), MANY).await;
    for number in 0..5 {
        publish(&topic, &mut of_ann, number).await;
        let end = format!("data: {number}\n\n");
        join_all(of_bob.iter_mut().map(|raw| raw.chunks_until(&end))).await;
    }
    assert!(writings(&log) > 0);
    has_left.store(true, Ordering::SeqCst);
    let left = Instant::now();
    join_all(of_ann.iter_mut().map(|raw| assert_reconnect(raw, &[]))).await;
    assert!(left.elapsed() < interval + Duration::from_secs(2), "{:?}", left.elapsed());
    eventually(|| topic.subscribers() == MANY).await;
    publish(&topic, &mut of_bob, 9).await;
}

/// Never finishes, and so keeps the state of each stream.
#[derive(FromServices)]
struct Endless;

#[async_trait]
impl PostProcessor for Endless {
    async fn after(&self, _: PostCx<'_>) -> Result<()> {
        std::future::pending().await
    }
}

/// Streams a topic, and does not go on when the stream is to end.
#[derive(Endpoint)]
#[endpoint(by_hand)]
struct Stuck {
    topics: Arc<Topics>,
}

impl Endpoint for Stuck {
    type Request = ();
    type Response = Events<u32>;

    fn configure(config: &mut Config) {
        config.get("/stuck");
        config.allow_anonymous();
        config.after::<Endless>();
    }

    async fn handle(&self, (): (), cx: Cx<'_, Self>) -> Result {
        let topic = self.topics.topic(NUMBERS);
        let stream = cx.send.topic_async(&topic).keep_alive(LONG);
        let mut stream = std::pin::pin!(stream.max_age(Duration::from_millis(500)));
        assert!(stream.as_mut().now_or_never().is_none());
        std::future::pending().await
    }
}

/// Streams another topic.
#[derive(Endpoint)]
#[endpoint(by_hand)]
struct Other {
    topics: Arc<Topics>,
}

impl Endpoint for Other {
    type Request = ();
    type Response = Events<u32>;

    fn configure(config: &mut Config) {
        config.get("/other");
        config.allow_anonymous();
    }

    async fn handle(&self, (): (), cx: Cx<'_, Self>) -> Result {
        cx.send.topic_async(&self.topics.topic(OTHERS)).keep_alive(LONG).await
    }
}

#[tokio::test]
async fn a_topic_does_not_write_to_the_next_stream_of_a_connection() {
    let topics = Arc::new(Topics::default());
    let (topic, other) = (topics.topic(NUMBERS), topics.topic(OTHERS));
    let host = Host::empty().endpoint::<Stuck>().endpoint::<Other>().service(topics);
    let host = host.bind("127.0.0.1:0").options(|options| {
        options.drain_window = Duration::from_millis(500);
    });
    let host = host.start().await.unwrap();
    let mut clients = open_at(&host, "/stuck", "", MANY).await;
    for number in 0..3 {
        publish(&topic, &mut clients, number).await;
    }
    join_all(clients.iter_mut().map(|raw| assert_reconnect(raw, &[]))).await;
    for raw in &mut clients {
        raw.write("GET /other HTTP/1.1\r\nhost: a\r\n\r\n").await;
        assert_eq!(raw.head().await.status(), 200);
        raw.chunks_until("\n\n").await;
    }
    for number in 3..6 {
        publish(&other, &mut clients, number).await;
    }
    topic.publish(&1000).await.unwrap();
    publish(&other, &mut clients, 6).await;
}

#[tokio::test]
async fn a_parked_stream_gets_its_snapshot_after_a_gap_and_is_parked_again() {
    let log = Captured::at(Level::TRACE);
    let limits = TopicLimits { events: 4, ..TopicLimits::DEFAULT };
    let topic = Topics::new(|options| options.limits = limits).topic(NUMBERS);
    let (streamed, taken) = (topic.clone(), Arc::new(AtomicU32::default()));
    let count = Arc::clone(&taken);
    let host = scripted::<u32>(move |cx| {
        let (topic, count) = (streamed.clone(), Arc::clone(&count));
        Box::pin(async move {
            let snapshot = |_| {
                let number = count.fetch_add(1, Ordering::SeqCst);
                async move {
                    // Ready only when it is polled again.
                    tokio::task::yield_now().await;
                    Ok(vec![StreamItem::text(format!("snapshot {number}"))])
                }
            };
            cx.send.topic_async(&topic).keep_alive(LONG).snapshot(snapshot).await
        })
    });
    let host = host.start().await.unwrap();
    let mut clients = open(&host, MANY).await;
    for round in 1..3 {
        park(&log, &topic, &mut clients).await;
        for number in 0..50 {
            topic.publish(&number).now_or_never().unwrap().unwrap();
        }
        for raw in &mut clients {
            let gap = raw.chunks_until("\n\n").await;
            assert!(gap.starts_with("event: gap\n"), "{gap:?}");
            // The snapshot includes all events up to its position.
            let snapshot =
                if gap.contains("data: snapshot") { gap } else { raw.chunks_until("\n\n").await };
            assert!(snapshot.contains("data: snapshot"), "{snapshot:?}");
            assert!(data(&snapshot).is_empty(), "{snapshot:?}");
        }
        assert_eq!(taken.load(Ordering::SeqCst), round * u32::try_from(MANY).unwrap());
    }
    let before = writings(&log);
    for number in 100..103 {
        publish(&topic, &mut clients, number).await;
    }
    assert!(writings(&log) > before);
}
