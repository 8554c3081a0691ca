//! What a post-processor receives about an event stream: the end, the duration, and the amount
//! sent.

use std::sync::Mutex;
use std::time::{Duration, SystemTime};

use futures_util::{StreamExt, stream};
use http::{HeaderValue, Request, request};
use hyperpoint::prelude::*;
use hyperpoint::{Application, OnLag, StreamReport, TopicLimits};
use hyperpoint::{
    AuthenticationScheme, FromServices, Identity, PostCx, PostProcessor, StreamEnd, async_trait,
};

use crate::http::endpoint;
use crate::wire::eventually;
use crate::wire::memory::Memory;
use crate::wire::raw::Raw;

/// The reports of all finished streams, with the value that the handler stored.
#[derive(Default)]
struct Reports(Mutex<Vec<(Option<StreamReport>, Option<u16>)>>);

impl Reports {
    fn count(&self) -> usize {
        self.0.lock().unwrap().len()
    }

    /// Returns the only report.
    #[track_caller]
    fn one(&self) -> StreamReport {
        let mut reports = self.0.lock().unwrap();
        assert_eq!(reports.len(), 1);
        reports.pop().unwrap().0.unwrap()
    }
}

#[derive(FromServices)]
struct Report {
    reports: Arc<Reports>,
}

#[async_trait]
impl PostProcessor for Report {
    async fn after(&self, cx: PostCx<'_>) -> Result<()> {
        assert_eq!(cx.state.get::<&str>().as_deref(), Some(&"from the handler"));
        let problem = cx.outcome.problem.map(|problem| problem.status().as_u16());
        assert_eq!(cx.outcome.status.unwrap(), 200);
        self.reports.0.lock().unwrap().push((cx.outcome.stream, problem));
        Ok(())
    }
}

/// Authenticates one user, for five seconds.
struct Brief;

#[async_trait]
impl AuthenticationScheme for Brief {
    fn challenge(&self, _: &request::Parts) -> HeaderValue {
        HeaderValue::from_static("Brief")
    }

    async fn authenticate(&self, request: &request::Parts) -> Result<Option<Identity>> {
        let end = SystemTime::now() + Duration::from_secs(5);
        let known = request.uri.path() == "/expiring";
        Ok(known.then(|| Identity::user("ann").with_expiry(end)))
    }
}

/// Creates two numbers, one second apart, followed by an endless pause.
fn two() -> impl Stream<Item = u32> {
    let second = stream::once(async {
        tokio::time::sleep(Duration::from_secs(1)).await;
        2
    });
    stream::iter([1]).chain(second).chain(stream::pending())
}

/// A topic that keeps two events.
const NUMBERS: TopicName<u32> =
    TopicName::new("numbers").limits(TopicLimits { events: 2, ..TopicLimits::DEFAULT });

/// Writes an endpoint with an event stream that is reported.
macro_rules! reported {
    ($name:ident, $path:literal, |$cx:ident| $handle:block) => {
        reported!($name: u32, $path, |$cx| $handle);
    };
    ($name:ident: $item:ty, $path:literal, |$cx:ident| $handle:block) => {
        endpoint! {
            $name: () => Events<$item>;
            |config| {
                config.get($path);
                config.allow_anonymous();
                config.after::<Report>();
            }
            |_, $cx| {
                $cx.state.set("from the handler");
                $handle
            }
        }
    };
}

reported!(Finishing, "/finishing", |cx| {
    cx.send.event_stream_async("n", two().take(2)).done().await
});
reported!(Failing, "/failing", |cx| {
    let events = stream::iter([Ok(1), Err(Problem::internal("broken"))]);
    cx.send.event_stream_async("n", events).await
});
reported!(FailingLater, "/failing-later", |cx| {
    let mut events = cx.send.open_event_stream_async().await?;
    events.send("n", &1).await?;
    drop(events);
    Err("no end".into())
});
reported!(Until, "/until", |cx| {
    let later = tokio::time::sleep(Duration::from_secs(3));
    cx.send.event_stream_async("n", two()).until(later).await
});
reported!(Ageing, "/ageing", |cx| {
    cx.send.event_stream_async("n", two()).max_age(Duration::from_secs(4)).await
});
reported!(Expiring, "/expiring", |cx| { cx.send.event_stream_async("n", two()).await });
reported!(Topical, "/topical", |cx| {
    let topics = cx.services.get::<Topics>().unwrap();
    let snapshot = |_| async { Ok(vec![StreamItem::text("state")]) };
    let stream = cx.send.topic_async(&topics.topic(NUMBERS)).max_age(Duration::from_secs(4));
    stream.snapshot(snapshot).await
});
reported!(Resuming, "/resuming", |cx| {
    let topics = cx.services.get::<Topics>().unwrap();
    cx.send.topic_async(&topics.topic(NUMBERS)).on_lag(OnLag::Resume).await
});
reported!(Cut, "/cut", |cx| {
    let mut events = cx.send.open_event_stream_async().await?;
    events.send("n", &1).await?;
    std::future::pending::<()>().await;
    events.close().await
});

reported!(Commenting: StreamItem, "/commenting", |cx| {
    let items = [StreamItem::comment("reading"), StreamItem::text("read")];
    cx.send.stream_items_async(stream::iter(items)).await
});
reported!(CommentingLater: StreamItem, "/commenting-later", |cx| {
    let mut events = cx.send.open_event_stream_async().await?;
    events.item(&StreamItem::comment("reading")).await?;
    events.item(&StreamItem::text("read")).await?;
    events.close().await
});

fn app(reports: &Arc<Reports>) -> Application {
    let host = Host::empty().endpoint::<Finishing>().endpoint::<Failing>().endpoint::<Until>();
    let host = host.endpoint::<FailingLater>().endpoint::<Ageing>().endpoint::<Expiring>();
    let host = host
        .endpoint::<Topical>()
        .endpoint::<Cut>()
        .endpoint::<Commenting>()
        .endpoint::<CommentingLater>()
        .service(Arc::clone(reports))
        .authentication(Brief);
    host.build().unwrap()
}

async fn open(app: &Application, path: &str) -> Memory {
    Memory::ask(app, Request::get(path).body(String::new()).unwrap()).await
}

/// Reads a stream to its end, and compares its report.
async fn check(path: &str, end: StreamEnd, seconds: u32, events: u64) -> Option<u16> {
    let reports = Arc::default();
    let app = app(&reports);
    let body = open(&app, path).await.rest().await;
    let problem = reports.0.lock().unwrap().first().and_then(|(_, problem)| *problem);
    let report = reports.one();
    assert_eq!((report.end, report.events), (end, events), "{path}");
    assert_eq!(report.bytes, body.len() as u64, "{path}: {body:?}");
    let ran = report.ran.as_secs_f64().round();
    assert!((ran - f64::from(seconds)).abs() < 0.5, "{path}: {ran}");
    problem
}

#[tokio::test(start_paused = true)]
async fn a_post_processor_receives_how_a_stream_ended() {
    assert_eq!(check("/finishing", StreamEnd::Finished, 1, 2).await, None);
    assert_eq!(check("/failing", StreamEnd::Failed, 0, 1).await, Some(500));
    assert_eq!(check("/until", StreamEnd::Until, 3, 2).await, None);
    assert_eq!(check("/ageing", StreamEnd::Aged, 4, 2).await, None);
}

#[tokio::test(start_paused = true)]
async fn a_comment_does_not_count_as_an_event() {
    check("/commenting", StreamEnd::Finished, 0, 1).await;
    check("/commenting-later", StreamEnd::Finished, 0, 1).await;
}

#[tokio::test(start_paused = true)]
async fn a_post_processor_receives_an_error_after_the_head() {
    let reports = Arc::default();
    let app = app(&reports);
    let body = open(&app, "/failing-later").await.rest().await;
    assert!(body.contains("event: problem"), "{body}");
    let problem = reports.0.lock().unwrap().first().and_then(|(_, problem)| *problem);
    assert_eq!(problem, Some(500));
    let report = reports.one();
    assert_eq!((report.end, report.events), (StreamEnd::Failed, 1));
}

#[tokio::test(start_paused = true)]
async fn a_stream_whose_identity_expires_is_reported_as_expired() {
    check("/expiring", StreamEnd::Expired, 5, 2).await;
}

#[tokio::test(start_paused = true)]
async fn a_stream_of_a_stopping_host_is_reported_as_stopped() {
    for path in ["/ageing", "/cut"] {
        let reports = Arc::default();
        let app = app(&reports);
        let mut client = open(&app, path).await;
        client.frame().await.unwrap();
        app.stopping().request();
        client.rest().await;
        tokio::task::yield_now().await;
        assert_eq!(reports.one().end, StreamEnd::Stopped, "{path}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_post_processor_runs_after_the_client_disconnects() {
    for path in ["/ageing", "/cut"] {
        let reports = Arc::default();
        let app = app(&reports);
        let mut client = open(&app, path).await;
        let frame = client.frame().await.unwrap();
        assert_eq!(reports.count(), 0);
        drop(client);
        tokio::task::yield_now().await;
        let report = reports.one();
        let seen = (report.end, report.events, report.bytes);
        assert_eq!(seen, (StreamEnd::ClientLeft, 1, frame.len() as u64), "{path}");
    }
}

#[tokio::test]
async fn a_post_processor_runs_after_a_socket_closes() {
    let reports: Arc<Reports> = Arc::default();
    let host = Host::empty().endpoint::<Cut>().service(Arc::clone(&reports)).bind("127.0.0.1:0");
    let host = host.start().await.unwrap();
    let mut raw = Raw::get(host.address(), "/cut").await;
    raw.head().await;
    drop(raw);
    eventually(|| reports.count() == 1).await;
    assert_eq!(reports.one().end, StreamEnd::ClientLeft);
}

#[tokio::test(start_paused = true)]
async fn a_head_request_is_not_reported_as_a_disconnected_stream() {
    let reports = Arc::default();
    let app = app(&reports);
    let request = Request::head("/ageing").body(String::new()).unwrap();
    assert_eq!(Memory::ask(&app, request).await.rest().await, "");
    tokio::task::yield_now().await;
    let report = reports.one();
    assert_eq!((report.end, report.events, report.bytes), (StreamEnd::Finished, 0, 0));
}

#[tokio::test(start_paused = true)]
async fn a_report_of_a_topic_counts_its_gaps_and_not_the_events_of_the_framework() {
    for (is_left, end) in [(true, StreamEnd::ClientLeft), (false, StreamEnd::Aged)] {
        let reports: Arc<Reports> = Arc::default();
        let topics = Arc::new(Topics::default());
        let host = Host::empty().endpoint::<Topical>().service(Arc::clone(&reports));
        let app = host.service(Arc::clone(&topics)).build().unwrap();
        let mut client = open(&app, "/topical").await;
        assert!(client.frame().await.unwrap().contains("event: ready"));
        for _ in 0..2 {
            for number in 0..9 {
                topics.topic(NUMBERS).publish(&number).await.unwrap();
            }
            assert!(client.frame().await.unwrap().contains("event: gap"));
            assert!(client.frame().await.unwrap().contains("data: state"));
        }
        if is_left {
            drop(client);
        } else {
            client.rest().await;
        }
        tokio::task::yield_now().await;
        let report = reports.one();
        assert_eq!((report.end, report.gaps, report.events), (end, 2, 2));
    }
}

#[tokio::test(start_paused = true)]
async fn a_stream_that_ends_because_its_subscriber_lagged_is_not_reported_as_stopped() {
    let reports: Arc<Reports> = Arc::default();
    let topics = Arc::new(Topics::default());
    let host = Host::empty().endpoint::<Resuming>().service(Arc::clone(&reports));
    let app = host.service(Arc::clone(&topics)).build().unwrap();
    let mut client = open(&app, "/resuming").await;
    assert!(client.frame().await.unwrap().contains("event: ready"));
    for number in 0..9 {
        topics.topic(NUMBERS).publish(&number).await.unwrap();
    }
    assert!(client.rest().await.contains("event: reconnect"));
    assert_eq!(reports.one().end.as_str(), "reconnect");
}
