//! One stream with every feature of an event.

use std::time::Duration;

use hyperpoint::prelude::*;

use super::visits::Visits;

const WORLD: &str = "größe/世界 🦀";
const KEEP_ALIVE: Duration = Duration::from_millis(10);
/// Long enough for keep-alives, also on a busy machine.
const PAUSE: Duration = Duration::from_millis(300);

/// The event names to listen for.
pub(super) const NAMES: [&str; 8] =
    ["message", "price", "lines", WORLD, "id", "empty", "later", "done"];

/// A column of the guide's table that this stream covers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Feature {
    Named,
    Unnamed,
    Lines,
    BreakFirst,
    Unicode,
    Ids,
    /// The id that the client reports for an event without one.
    NoId,
    Empty,
}

/// An event, the client's last event id after it, and the feature that it shows.
pub(super) struct Case {
    pub(super) feature: Feature,
    pub(super) item: StreamItem,
    pub(super) name: &'static str,
    pub(super) data: &'static str,
    pub(super) id: &'static str,
}

fn case(feature: Feature, item: StreamItem, expected: [&'static str; 3]) -> Case {
    let [name, data, id] = expected;
    Case { feature, item, name, data, id }
}

/// The events of the stream, except `done`.
pub(super) fn cases() -> Vec<Case> {
    let text = |name, data: &str| StreamItem::text(data).named(EventName::from_static(name));
    vec![
        case(Feature::Unnamed, StreamItem::text("no name").id(1_u8), ["message", "no name", "1"]),
        case(Feature::Named, text("price", "100").id(2_u8), ["price", "100", "2"]),
        case(
            Feature::Lines,
            text("lines", "one\ntwo\rthree\r\n\r\nfive\n").id(3_u8),
            ["lines", "one\ntwo\nthree\n\nfive\n", "3"],
        ),
        case(Feature::BreakFirst, text("lines", "\n two").id(4_u8), ["lines", "\n two", "4"]),
        case(
            Feature::Unicode,
            text(WORLD, "Grüße 👩‍👩‍👧 שלום\u{2028}\u{85}").id(5_u8),
            [WORLD, "Grüße 👩‍👩‍👧 שלום\u{2028}\u{85}", "5"],
        ),
        case(
            Feature::Ids,
            text("id", "hard").id(EventId::from_static("a:b-c~!{}")),
            ["id", "hard", "a:b-c~!{}"],
        ),
        case(Feature::NoId, text("id", "none"), ["id", "none", "a:b-c~!{}"]),
        case(Feature::Empty, text("empty", "").id(7_u8), ["empty", "", "7"]),
    ]
}

/// Streams the cases, each with comments, and the last one after keep-alives.
#[derive(Endpoint)]
pub(super) struct Features {
    visits: Arc<Visits>,
}

impl Endpoint for Features {
    type Request = ();
    type Response = Events;

    fn configure(config: &mut Config) {
        config.get("/features");
        config.allow_anonymous();
        config.cors(|cors| cors.allow_any_origin());
    }

    async fn handle(&self, (): (), cx: Cx<'_, Self>) -> Result {
        self.visits.begin(cx.request, cx.last_event_id);
        let items = stream! {
            for case in cases() {
                if case.feature == Feature::Empty {
                    tokio::time::sleep(PAUSE).await;
                }
                yield StreamItem::comment("data: a comment\n\nid: 9");
                yield case.item;
            }
        };
        cx.send.stream_items_async(items).keep_alive(KEEP_ALIVE).done().await
    }
}
