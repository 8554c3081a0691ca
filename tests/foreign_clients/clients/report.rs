//! A page for a browser without a driver: it watches a stream and posts what it received.

use hyperpoint::prelude::*;
use tokio::sync::watch;

use super::received::{Event, Received};

/// The report that the page posted, once it has.
#[derive(Debug, Default)]
pub(super) struct Reports(watch::Sender<Option<Vec<Event>>>);

impl Reports {
    /// Waits for the report.
    pub(super) async fn first(&self) -> Received {
        let mut reports = self.0.subscribe();
        let events = reports.wait_for(Option::is_some).await.unwrap().clone();
        Received { events: events.unwrap_or_default(), ..Received::default() }
    }
}

/// `GET /reporting`: the page. Its fragment is the path of the stream and the names of its events.
#[derive(Endpoint)]
pub(super) struct ReportingPage;

impl Endpoint for ReportingPage {
    type Request = ();
    type Response = ();

    fn configure(config: &mut Config) {
        config.get("/reporting");
        config.allow_anonymous();
    }

    async fn handle(&self, (): (), cx: Cx<'_, Self>) -> Result {
        let page = include_str!("report.html");
        cx.send.bytes_async(page, "text/html; charset=utf-8").await
    }
}

/// The events that the page received.
#[derive(Deserialize, JsonSchema)]
pub(super) struct Seen {
    events: Vec<Event>,
}

/// `POST /report`: stores the report.
#[derive(Endpoint)]
pub(super) struct Report {
    reports: Arc<Reports>,
}

impl Endpoint for Report {
    type Request = Seen;
    type Response = ();

    fn configure(config: &mut Config) {
        config.post("/report");
        config.allow_anonymous();
    }

    async fn handle(&self, seen: Seen, cx: Cx<'_, Self>) -> Result {
        self.reports.0.send_replace(Some(seen.events));
        cx.send.no_content_async().await
    }
}
