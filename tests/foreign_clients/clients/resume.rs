//! A stream that ends twice, cleanly, and resumes at the client's last event id.

use std::time::Duration;

use hyperpoint::prelude::*;

use super::visits::Visits;

const PRICE: EventName = EventName::from_static("price");
const LATER: EventName = EventName::from_static("later");
const SHORT: Duration = Duration::from_millis(250);
/// Longer than any client waits by default, so that a client that ignores `retry` reconnects too
/// early.
pub(super) const LONG: Duration = Duration::from_millis(3500);
/// The number of the event after which the stream first ends.
pub(super) const FIRST_END: u64 = 3;
const LAST: u64 = 6;

/// Streams some events first; then one without an id, and a long `retry`; then every event that the
/// client lacks.
#[derive(Endpoint)]
pub(super) struct Resume {
    visits: Arc<Visits>,
}

impl Endpoint for Resume {
    type Request = ();
    type Response = Events;

    fn configure(config: &mut Config) {
        config.get("/resume");
        config.allow_anonymous();
        config.cors(|cors| cors.allow_any_origin());
    }

    async fn handle(&self, (): (), cx: Cx<'_, Self>) -> Result {
        let visit = self.visits.begin(cx.request, cx.last_event_id);
        let last = cx.last_event_id.map_or(0, |id| id.parse().unwrap());
        let stream = items(visit, last, Arc::clone(&self.visits));
        let answer = cx.send.stream_items_async(stream).retry(SHORT);
        if visit < 2 { answer.await } else { answer.done().await }
    }
}

fn items(visit: usize, last: u64, visits: Arc<Visits>) -> impl Stream<Item = StreamItem> + Send {
    let price = |number: u64| StreamItem::text(number.to_string()).named(PRICE).id(number);
    stream! {
        match visit {
            0 => for number in last + 1..=FIRST_END { yield price(number) },
            1 => yield StreamItem::text("no id").named(LATER).retry(LONG),
            _ => for number in last + 1..=LAST { yield price(number) },
        }
        visits.end(visit);
    }
}

/// Returns the data of all events except `done`, for a client that lost nothing.
pub(super) fn expected_data() -> Vec<String> {
    let numbers = |range: std::ops::RangeInclusive<u64>| range.map(|number| number.to_string());
    let (first, rest) = (numbers(1..=FIRST_END), numbers(FIRST_END + 1..=LAST));
    first.chain(["no id".to_owned()]).chain(rest).collect()
}
