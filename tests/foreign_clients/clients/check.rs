//! Runs a client over a protocol and creates its row of the table.

use std::time::Duration;

use hyperpoint::Running;
use hyperpoint::http::Version;
use hyperpoint::prelude::*;

use super::features::{Case, Feature, Features, cases};
use super::quiet::Quiet;
use super::received::{Event, Received};
use super::report::{Report, ReportingPage, Reports};
use super::resume::{FIRST_END, LONG, Resume, expected_data};
use super::table::Row;
use super::visits::{Visit, Visits};
use crate::page::WatchingPage;

/// A host with both streams, and its records of connections.
pub(super) struct Server {
    pub(super) host: Running,
    visits: Arc<Visits>,
    pub(super) reports: Arc<Reports>,
}

impl Server {
    pub(super) async fn start() -> Self {
        let (visits, reports) = (Arc::new(Visits::default()), Arc::new(Reports::default()));
        let host = Host::empty()
            .endpoint::<Features>()
            .endpoint::<Resume>()
            .endpoint::<Quiet>()
            .endpoint::<WatchingPage>()
            .endpoint::<ReportingPage>()
            .endpoint::<Report>()
            .service(Arc::clone(&visits))
            .service(Arc::clone(&reports));
        Self { host: host.bind("127.0.0.1:0").start().await.unwrap(), visits, reports }
    }

    pub(super) fn url(&self, path: &str) -> String {
        format!("http://{}/{path}", self.host.address())
    }

    pub(super) fn visits(&self) -> Vec<Visit> {
        self.visits.all()
    }

    /// Asserts that all requests came over this protocol.
    pub(super) fn assert_spoke(&self, version: Version) {
        let visits = self.visits();
        assert!(!visits.is_empty());
        assert!(visits.iter().all(|visit| visit.version == version), "{visits:?}");
    }
}

/// Which part reconnects: the client, or the program around it.
#[derive(Debug, Clone, Copy)]
pub(super) enum Reconnects {
    /// The client reconnects after at least this fraction of the `retry` that the stream sets.
    ByItself {
        least: f64,
    },
    ByHand,
}

impl Reconnects {
    /// The client reconnects by itself, no earlier than the `retry`. A clock may be slightly fast.
    pub(super) const IN_TIME: Self = Self::ByItself { least: 0.98 };

    fn cell(self, is_right: bool) -> &'static str {
        match self {
            _ if !is_right => "no",
            Self::ByItself { .. } => "yes",
            Self::ByHand => "by hand",
        }
    }

    fn least(self) -> Duration {
        let least = match self {
            Self::ByItself { least } => least,
            Self::ByHand => 0.98,
        };
        LONG.mul_f64(least)
    }
}

/// Fills in what the client received from the stream of features.
pub(super) fn features(row: &mut Row, got: &Received) {
    let cases = cases();
    // One more would be a comment that became an event, one less a lost event.
    let are_all = got.events.len() == cases.len() + 1;
    let is_comment = |text: &String| ["", "data: a comment", "id: 9"].contains(&text.trim());
    let is_keep_alive = |text: &String| text.is_empty();
    let hides = got.comments.is_empty();
    let has_comments = got.comments.iter().all(is_comment)
        && (hides || got.comments.iter().filter(|text| is_keep_alive(text)).count() > cases.len());
    let pairs = || cases.iter().zip(&got.events);
    let of = |feature| pairs().filter(move |(case, _)| case.feature == feature);
    for feature in [
        Feature::Named,
        Feature::Lines,
        Feature::BreakFirst,
        Feature::Unicode,
        Feature::Ids,
        Feature::Empty,
    ] {
        let is_right = of(feature).all(|(case, event)| is_as_sent(case, event));
        row.set(column(feature), if is_right { "yes" } else { "no" });
    }
    for (_, event) in of(Feature::Unnamed) {
        let name = event.name.as_ref().map_or("none".to_owned(), |name| format!("`{name:?}`"));
        row.set(column(Feature::Unnamed), &name);
    }
    for (case, event) in of(Feature::NoId) {
        let id = event.id.as_deref().unwrap_or_default();
        let cell = if id == case.id {
            "the last"
        } else if id.is_empty() {
            "none"
        } else {
            "no"
        };
        row.set(column(Feature::NoId), cell);
    }
    row.set("Comments", if are_all && has_comments { "yes" } else { "no" });
}

fn column(feature: Feature) -> &'static str {
    match feature {
        Feature::Named => "Names",
        Feature::Unnamed => "No name",
        Feature::Lines => "Lines",
        Feature::BreakFirst => "Break first",
        Feature::Unicode => "Unicode",
        Feature::Ids => "Ids",
        Feature::NoId => "No id",
        Feature::Empty => "Empty data",
    }
}

fn is_as_sent(case: &Case, event: &Event) -> bool {
    let id = event.id.as_deref();
    event.name.as_deref() == Some(case.name) && event.data == case.data && id == Some(case.id)
}

/// Fills in what the client received from the stream that ends.
pub(super) fn resume(row: &mut Row, got: &Received, visits: &[Visit], comes_back: Reconnects) {
    let [first, second, third] = visits else { panic!("{} visits: {visits:?}", visits.len()) };
    assert_eq!(first.last_event_id, None);
    let last = Some(FIRST_END.to_string());
    row.set("Comes back", comes_back.cell(second.last_event_id == last));
    let wait = third.begin - second.end.unwrap();
    row.set("Retry", comes_back.cell(wait >= comes_back.least()));
    // The second stream had no id: the client still has the last id from before.
    let data: Vec<&str> = got.events.iter().map(|event| &*event.data).collect();
    let mut expected = expected_data();
    expected.push("{}".into());
    let keeps = third.last_event_id == last && data == expected;
    row.set("Keeps its id", comes_back.cell(keeps));
}
