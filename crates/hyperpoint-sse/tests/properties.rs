//! Properties that hold for any input: an encoded event decodes to the same event, and no text can
//! forge a field.

#[cfg(test)]
mod properties {
    use std::time::Duration;

    use hyperpoint_sse::{
        Decoded, Decoder, Encoder, Event, EventId, EventName, Fields, MIN_RETRY, StreamItem,
    };
    use proptest::{collection::vec, option, prelude::*};

    /// Text with many line breaks, colons and other characters that have a meaning in the format.
    fn text() -> impl Strategy<Value = String> {
        prop_oneof![
            any::<String>(),
            "[\r\n\0 :aé😀\u{feff}]{0,12}",
            r"((data|event|id|retry)?:? ?[0-9a]{0,2}(\r\n|\r|\n)){0,6}",
        ]
    }

    fn name() -> impl Strategy<Value = EventName> {
        prop_oneof!["[^\r\n\0]{1,30}", "[ :aé😀\u{feff}]{1,4}"]
            .prop_filter_map("invalid name", |name| EventName::try_from(name).ok())
    }

    fn id() -> impl Strategy<Value = EventId> {
        "[!-~]{1,40}".prop_map(|id| EventId::try_from(id).unwrap())
    }

    fn retry() -> impl Strategy<Value = Duration> {
        (0_u64..=u64::from(u32::MAX)).prop_map(Duration::from_millis)
    }

    fn item() -> impl Strategy<Value = StreamItem> {
        let content = prop_oneof![
            4 => text().prop_map(StreamItem::text),
            1 => text().prop_map(|data| StreamItem::json(&data).unwrap()),
            1 => text().prop_map(StreamItem::comment),
        ];
        (content, option::of(name()), option::of(id()), option::of(retry())).prop_map(
            |(mut item, name, id, retry)| {
                item = name.into_iter().fold(item, StreamItem::named);
                item = id.into_iter().fold(item, StreamItem::id);
                retry.into_iter().fold(item, StreamItem::retry)
            },
        )
    }

    fn encode(items: &[StreamItem]) -> Vec<u8> {
        let mut encoder = Encoder::new();
        for item in items {
            encoder.item(item).unwrap();
        }
        encoder.take().to_vec()
    }

    fn decode<'a>(chunks: impl IntoIterator<Item = &'a [u8]>) -> Vec<Decoded> {
        let mut decoder = Decoder::new();
        let mut found = Vec::new();
        for chunk in chunks {
            decoder.push(chunk).unwrap();
            found.extend(std::iter::from_fn(|| decoder.pop()));
        }
        found
    }

    fn events(decoded: Vec<Decoded>) -> Vec<Event> {
        let event = |decoded| match decoded {
            Decoded::Event(event) => Some(event),
            _ => None,
        };
        decoded.into_iter().filter_map(event).collect()
    }

    /// Splits the stream into chunks of the given sizes, which repeat.
    fn split<'a>(mut stream: &'a [u8], sizes: &[usize]) -> Vec<&'a [u8]> {
        let mut chunks = Vec::new();
        let mut sizes = sizes.iter().cycle();
        while !stream.is_empty() {
            let size = stream.len().min(*sizes.next().unwrap());
            let (chunk, rest) = stream.split_at(size);
            chunks.push(chunk);
            stream = rest;
        }
        chunks
    }

    fn with_line_feeds(text: &str) -> String {
        text.replace("\r\n", "\n").replace('\r', "\n")
    }

    fn check_event(event: &Event, item: &StreamItem) {
        assert_eq!(event.name, item.event_name().map_or("message", EventName::as_str));
        assert_eq!(event.data, with_line_feeds(item.data().unwrap()));
        assert_eq!(event.id.as_deref(), item.event_id().map(EventId::as_str));
        assert_eq!(event.retry, item.retry_after());
    }

    proptest! {
        #[test]
        fn line_15_a_decoded_event_equals_the_encoded_one(items in vec(item(), 0..6)) {
            let encoded: Vec<_> = items.iter().filter(|item| item.data().is_some()).collect();
            let decoded = events(decode([encode(&items).as_slice()]));
            prop_assert_eq!(decoded.len(), encoded.len());
            for (event, item) in decoded.iter().zip(encoded) {
                check_event(event, item);
            }
        }

        #[test]
        fn comments_are_decoded_line_by_line(text in text()) {
            let item = StreamItem::comment(text.clone());
            let text = with_line_feeds(&text);
            let expected: Vec<_> = text.split('\n').map(|line| Decoded::Comment(line.into())).collect();
            prop_assert_eq!(decode([encode(&[item]).as_slice()]), expected);
        }

        #[test]
        fn json_encodes_the_same_directly_and_through_an_item(
            name in option::of(name()), data in text(),
        ) {
            let mut encoder = Encoder::new();
            encoder.json(Fields { name: name.as_ref(), ..Fields::default() }, &data).unwrap();
            let item = name.into_iter().fold(StreamItem::json(&data).unwrap(), StreamItem::named);
            prop_assert_eq!(encoder.take(), encode(&[item]));
        }

        #[test]
        fn lines_02_and_03_the_stream_is_utf_8_with_no_line_break_but_lf(items in vec(item(), 0..6)) {
            let encoded = String::from_utf8(encode(&items)).unwrap();
            prop_assert!(!encoded.contains('\r'));
            prop_assert_ne!(encoded.chars().next(), Some('\u{feff}'));
        }

        #[test]
        fn line_12_every_retry_is_within_the_limits(items in vec(item(), 0..6)) {
            for event in events(decode([encode(&items).as_slice()])) {
                prop_assert!(event.retry.is_none_or(|retry| retry >= MIN_RETRY));
            }
        }

        #[test]
        fn line_16_an_event_within_the_limit_is_written_and_a_larger_one_is_not(item in item()) {
            let whole = encode(std::slice::from_ref(&item));
            let mut encoder = Encoder::with_max_event_bytes(whole.len());
            encoder.item(&item).unwrap();
            prop_assert_eq!(encoder.take(), whole.clone());
            let mut encoder = Encoder::with_max_event_bytes(whole.len() - 1);
            prop_assert!(encoder.item(&item).unwrap_err().is_too_large());
            prop_assert!(encoder.is_empty());
        }

        #[test]
        fn chunks_of_a_stream_decode_like_the_whole_stream(
            items in vec(item(), 0..6), sizes in vec(1_usize..9, 1..9),
        ) {
            let stream = encode(&items);
            prop_assert_eq!(decode(split(&stream, &sizes)), decode([stream.as_slice()]));
        }

        #[test]
        fn chunks_of_any_text_decode_like_the_whole_text(
            text in text(), sizes in vec(1_usize..5, 1..9),
        ) {
            prop_assert_eq!(decode(split(text.as_bytes(), &sizes)), decode([text.as_bytes()]));
        }

        #[test]
        fn chunks_of_any_bytes_decode_like_all_the_bytes(
            bytes in vec(any::<u8>(), 0..200), sizes in vec(1_usize..9, 1..9),
        ) {
            prop_assert_eq!(decode(split(&bytes, &sizes)), decode([bytes.as_slice()]));
        }
    }
}
