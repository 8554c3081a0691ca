//! Background tasks that outlive their request.

use std::time::Duration;

use hyperpoint::prelude::*;
use tokio::sync::{Notify, mpsc};

use crate::http::answer;
use crate::wire::raw::Raw;
use crate::wire::within;

/// Signals between a test and the task of its endpoint.
struct Work {
    may_end: Notify,
    told: mpsc::UnboundedSender<&'static str>,
}

#[derive(Endpoint)]
#[endpoint(by_hand)]
struct Starts {
    work: Arc<Work>,
}

impl Endpoint for Starts {
    type Request = ();
    type Response = ();

    fn configure(config: &mut Config) {
        config.get("/start");
        config.allow_anonymous();
    }

    async fn handle(&self, (): (), cx: Cx<'_, Self>) -> Result {
        let work = Arc::clone(&self.work);
        cx.tasks.spawn(async move {
            let _ = work.told.send("began");
            work.may_end.notified().await;
            let _ = work.told.send("ended");
        });
        cx.send.no_content_async().await
    }
}

fn host(window: Duration) -> (Host, Arc<Work>, mpsc::UnboundedReceiver<&'static str>) {
    let (told, hears) = mpsc::unbounded_channel();
    let work = Arc::new(Work { may_end: Notify::new(), told });
    let host = Host::empty().endpoint::<Starts>().service(Arc::clone(&work));
    let host = host.bind("127.0.0.1:0").options(|options| options.drain_window = window);
    (host, work, hears)
}

#[tokio::test]
async fn a_task_outlives_its_client_and_shutdown_waits_for_it() {
    let (host, work, mut hears) = host(Duration::from_mins(1));
    let host = host.start().await.unwrap();
    let mut raw = Raw::get(host.address(), "/start").await;
    answer(&mut raw).await;
    drop(raw);
    assert_eq!(within(hears.recv()).await, Some("began"));
    let stopping = host.stopping().clone();
    let mut stop = tokio::spawn(host.stop());
    within(stopping.requested()).await;
    assert!(tokio::time::timeout(Duration::from_millis(100), &mut stop).await.is_err());
    work.may_end.notify_one();
    within(stop).await.unwrap();
    assert_eq!(hears.try_recv(), Ok("ended"));
}

#[tokio::test]
async fn an_unfinished_task_is_abandoned_at_the_end_of_the_window() {
    let (host, _work, mut hears) = host(Duration::from_millis(100));
    let host = host.start().await.unwrap();
    let mut raw = Raw::get(host.address(), "/start").await;
    answer(&mut raw).await;
    assert_eq!(within(hears.recv()).await, Some("began"));
    within(host.stop()).await;
    assert!(hears.try_recv().is_err());
}
