//! The parser reads the written events, however the bytes are split.

use hyperpoint::StreamItem;
use hyperpoint::sse::Encoder;

use super::items::{hard, random};
use super::node::{Event, Reading, parse};

const SEED: u64 = 15;
const WHOLE: usize = usize::MAX >> 12;
const CHUNKS_BYTES: [usize; 4] = [1, 2, 7, WHOLE];

/// Returns data as a client sees it: CRLF, CR and LF are each one LF (WHATWG HTML, "Server-sent
/// events").
fn normalised(text: &str) -> String {
    text.replace("\r\n", "\n").replace('\r', "\n")
}

/// Returns what a parser has to read from these items.
fn expected(items: &[StreamItem]) -> Reading {
    let mut reading = Reading::default();
    for item in items {
        if let Some(text) = item.comment_text() {
            let lines = normalised(text);
            reading.comments.extend(lines.split('\n').map(str::to_owned));
        }
        if let Some(data) = item.data() {
            reading.events.push(Event {
                name: item.event_name().map(ToString::to_string),
                id: item.event_id().map(ToString::to_string),
                data: normalised(data),
            });
            let retry_ms = item.retry_after().map(|after| after.as_millis());
            reading.retries_ms.extend(retry_ms.map(|retry_ms| u64::try_from(retry_ms).unwrap()));
        }
    }
    reading
}

/// Encodes these items, one after another.
fn encode(items: &[StreamItem]) -> Vec<u8> {
    let mut encoder = Encoder::new();
    for item in items {
        encoder.item(item).unwrap();
    }
    encoder.take().to_vec()
}

/// Asserts that the parser reads what was written, in chunks of each of these sizes.
fn check(streams: &[Vec<StreamItem>], chunks_bytes: &[usize]) {
    let encoded: Vec<Vec<u8>> = streams.iter().map(|items| encode(items)).collect();
    let pairs = encoded.iter().flat_map(|bytes| chunks_bytes.iter().map(|&size| (&**bytes, size)));
    let pairs: Vec<(&[u8], usize)> = pairs.collect();
    let readings = parse(&pairs);
    assert_eq!(readings.len(), pairs.len());
    let mut each = readings.iter().zip(&pairs);
    for items in streams {
        let expected = expected(items);
        for (reading, (bytes, size)) in each.by_ref().take(chunks_bytes.len()) {
            let text = String::from_utf8_lossy(bytes);
            assert!(*reading == expected, "chunks of {size}: {text:?}\n{reading:?}\n{expected:?}");
        }
    }
}

#[test]
fn line_15_a_foreign_parser_reads_difficult_items_unchanged() {
    check(&hard(), &CHUNKS_BYTES);
}

#[test]
fn line_15_a_foreign_parser_reads_random_items_unchanged() {
    println!("seed {SEED}");
    check(&random(SEED, 400), &CHUNKS_BYTES);
}

#[test]
fn line_16_a_foreign_parser_reads_an_event_of_5_mb() {
    let large = vec![StreamItem::text("a line of some thirty bytes\n".repeat(180_000)).id(5_u8)];
    check(&[large], &[16 * 1024, WHOLE]);
}

#[test]
fn line_13_a_keep_alive_is_a_comment_and_not_an_event() {
    let mut encoder = Encoder::new();
    encoder.keep_alive();
    encoder.item(&StreamItem::text("a")).unwrap();
    encoder.keep_alive();
    encoder.keep_alive();
    let bytes = encoder.take();
    let a = expected(&[StreamItem::text("a")]);
    let comments = vec![String::new(); 3];
    assert_eq!(parse(&[(&bytes, 1)]), [Reading { comments, ..a }]);
}
