//! Byte ranges: which parts of a content a client asks for.

use std::ops::Range;

/// More parts than this are asked for by nobody who means well (RFC 9110 §14.2).
const MAX_RANGES: usize = 16;

/// What a `Range` asks of a content of some length.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Asked {
    /// Nothing that is served: the whole is sent.
    Whole,
    /// These parts, none of them empty, and no two of them with a byte in common.
    Parts(Vec<Range<u64>>),
    /// What is not there: 416.
    Nothing,
}

/// Reads the value of a `Range` header (RFC 9110 §14.1.2). What is no list of byte ranges is passed
/// over, and so are many parts and parts that overlap: they cost more than the whole.
pub(super) fn asked(value: &[u8], length: u64) -> Asked {
    let Some(specs) = byte_ranges(value).filter(|_| length > 0) else {
        return Asked::Whole;
    };
    let mut parts = Vec::new();
    for spec in specs.split(',').map(|spec| spec.trim_matches([' ', '\t'])) {
        if spec.is_empty() {
            continue;
        }
        let Some(part) = part(spec, length) else {
            return Asked::Whole;
        };
        if !part.is_empty() {
            parts.push(part);
        }
        if parts.len() > MAX_RANGES {
            return Asked::Whole;
        }
    }
    if parts.is_empty() {
        return Asked::Nothing;
    }
    if overlap(&parts) { Asked::Whole } else { Asked::Parts(parts) }
}

/// What is behind `bytes=`; none for another unit, and for a list without a range.
fn byte_ranges(value: &[u8]) -> Option<&str> {
    let (unit, specs) = std::str::from_utf8(value).ok()?.split_once('=')?;
    let has_some = specs.contains('-');
    (unit.trim().eq_ignore_ascii_case("bytes") && has_some).then_some(specs)
}

/// One range within the length: an empty one where it lies behind the end. None for what is no
/// range.
fn part(spec: &str, length: u64) -> Option<Range<u64>> {
    let (first, last) = spec.split_once('-')?;
    if first.is_empty() {
        return Some(length - number(last)?.min(length)..length);
    }
    let (first, last) = (number(first)?, if last.is_empty() { u64::MAX } else { number(last)? });
    (first <= last).then(|| first.min(length)..last.saturating_add(1).min(length))
}

/// Digits alone. A number that is too large for us is larger than any content.
fn number(digits: &str) -> Option<u64> {
    let are_digits = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
    are_digits.then(|| digits.parse().unwrap_or(u64::MAX))
}

fn overlap(parts: &[Range<u64>]) -> bool {
    let mut sorted: Vec<_> = parts.iter().map(|part| (part.start, part.end)).collect();
    sorted.sort_unstable();
    sorted.iter().zip(sorted.iter().skip(1)).any(|(one, next)| next.0 < one.1)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[track_caller]
    fn check(value: &str, length: u64, expected: &Asked) {
        assert_eq!(&asked(value.as_bytes(), length), expected, "{value}");
    }

    #[track_caller]
    fn check_parts(value: &str, expected: &[(u64, u64)]) {
        let parts = expected.iter().map(|&(start, end)| start..end).collect();
        check(value, 1000, &Asked::Parts(parts));
    }

    #[test]
    fn ranges_are_cut_to_the_length() {
        check_parts("bytes=0-0", &[(0, 1)]);
        check_parts("bytes=0-99", &[(0, 100)]);
        check_parts("Bytes=900-", &[(900, 1000)]);
        check_parts("bytes=-10", &[(990, 1000)]);
        check_parts("bytes=-5000", &[(0, 1000)]);
        check_parts("bytes=990-99999999999999999999999", &[(990, 1000)]);
        check_parts("bytes=0-1, , 5-6\t,-1", &[(0, 2), (5, 7), (999, 1000)]);
        check_parts("bytes=0-1,2000-3000", &[(0, 2)]);
    }

    #[test]
    fn what_is_not_there_is_told_and_what_is_no_range_is_passed_over() {
        for nothing in ["bytes=1000-", "bytes=1000-2000", "bytes=-0", "bytes=99999999999999999999-"]
        {
            check(nothing, 1000, &Asked::Nothing);
        }
        for whole in [
            "bytes",
            "bytes=",
            "bytes=,",
            "lines=0-1",
            "bytes=a-b",
            "bytes=1",
            "bytes=2-1",
            "bytes=+1-2",
        ] {
            check(whole, 1000, &Asked::Whole);
        }
        check("bytes=0-", 0, &Asked::Whole);
    }

    #[test]
    fn what_costs_more_than_the_whole_is_answered_with_the_whole() {
        check("bytes=0-10,5-15", 1000, &Asked::Whole);
        let many: Vec<_> = (0..17).map(|at| format!("{0}-{0}", at * 2)).collect();
        check(&format!("bytes={}", many.join(",")), 1000, &Asked::Whole);
    }

    proptest! {
        #[test]
        fn no_bytes_of_a_client_ask_for_what_is_not_there(
            value in prop_oneof![
                any::<Vec<u8>>(),
                "bytes=[0-9, -]{0,40}".prop_map(String::into_bytes),
            ],
            length in any::<u64>(),
        ) {
            if let Asked::Parts(parts) = asked(&value, length) {
                prop_assert!(parts.iter().all(|part| part.start < part.end && part.end <= length));
                let sum: u64 = parts.iter().map(|part| part.end - part.start).sum();
                prop_assert!(sum <= length);
            }
        }

        #[test]
        fn no_bytes_of_a_client_break_the_reading_of_tags(value in any::<Vec<u8>>()) {
            let _ = super::super::etag::Tag::list(&value);
        }

        #[test]
        fn a_list_of_tags_is_read_as_it_was_written(
            tags in proptest::collection::vec("[!#-~]{0,8}", 0..6),
        ) {
            let list: Vec<_> = tags.iter().map(|tag| format!("\"{tag}\"")).collect();
            let list = list.join(", ");
            prop_assert_eq!(super::super::etag::Tag::list(list.as_bytes()).len(), tags.len());
        }
    }
}
