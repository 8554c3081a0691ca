//! Items that are difficult to encode, and random items.

use std::time::Duration;

use fastrand::Rng;
use hyperpoint::{EventId, EventName, StreamItem};

/// Data and comments that look like other syntax.
const TEXTS: [&str; 24] = [
    "",
    " ",
    "plain",
    " a leading blank",
    "a trailing blank ",
    "\ttab",
    "\n",
    "\r",
    "\r\n",
    "\n\r",
    "\r\r\n\n",
    "one\ntwo\rthree\r\nfour",
    "ends in a break\n",
    "\nbegins with one",
    "data: x",
    "x\ndata: y\n\nevent: forged\ndata: z\n\n",
    "\n\nid: 9\n\nretry: 0\n\n",
    ":",
    ": comment",
    "\0",
    "a\0b\n\0",
    "\u{feff}bom",
    "\u{85}\u{2028}\u{2029}\u{b}\u{c}",
    "Grüße 👩‍👩‍👧 שלום 世界",
];

const NAMES: [&str; 6] = ["note", " note", "größe/世界 🦀", "a: b", ":", "data: x"];
const IDS: [&str; 6] = ["1", "a:b-c", ":", "data:x", "~!@#$%^&*()", "0000000a-000000000001"];

/// The pieces of random texts.
const PIECES: [&str; 20] = [
    "\n", "\r", "\r\n", "\0", ":", " ", "data", "event: ", "id: ", "retry: 1", "\u{feff}",
    "\u{2028}", "é", "世", "🦀", "a", "0", "\t", "{\"k\":", "\u{85}",
];

/// Returns streams for each of the texts: as data, as a comment, with every valid name and every
/// valid id.
pub(super) fn hard() -> Vec<Vec<StreamItem>> {
    let streams = TEXTS.iter().enumerate().map(|(index, text)| {
        let name = EventName::parse(NAMES[index % NAMES.len()]).unwrap();
        let id = EventId::parse(IDS[index % IDS.len()]).unwrap();
        let item = StreamItem::text(*text);
        vec![
            item.clone(),
            StreamItem::comment(*text),
            item.clone().named(name.clone()),
            item.clone().id(id.clone()),
            item.clone().retry(Duration::from_millis(index as u64 * 100)),
            item.named(name).id(id).retry(Duration::MAX),
            StreamItem::json(text).unwrap(),
        ]
    });
    streams.collect()
}

/// Returns streams of up to eight items, the same ones for the same seed.
pub(super) fn random(seed: u64, number: usize) -> Vec<Vec<StreamItem>> {
    let mut rng = Rng::with_seed(seed);
    let streams = (0..number).map(|_| (0..rng.usize(1..=8)).map(|_| item(&mut rng)).collect());
    streams.collect()
}

fn item(rng: &mut Rng) -> StreamItem {
    if rng.u8(..6) == 0 {
        return StreamItem::comment(text(rng));
    }
    let mut item = StreamItem::text(text(rng));
    // A random text is seldom a valid name or id; an invalid one is left out.
    if let Ok(name) = EventName::parse(&text(rng)) {
        item = item.named(name);
    }
    if let Ok(id) = EventId::parse(&text(rng)) {
        item = item.id(id);
    }
    match rng.u8(..4) {
        0 => item.retry(Duration::from_millis(rng.u64(..10_000))),
        _ => item,
    }
}

fn text(rng: &mut Rng) -> String {
    let pieces = (0..rng.usize(..10)).map(|_| PIECES[rng.usize(..PIECES.len())]);
    pieces.collect()
}
