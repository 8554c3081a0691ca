//! Parsing of byte ranges.

use std::ops::Range;

/// Maximum number of satisfiable ranges in a request. More ranges indicate a broken client or an
/// attack (RFC 9110 §14.2).
const MAX_RANGES: usize = 16;

/// The byte ranges of the content that a `Range` header selects.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum RangeRequest {
    /// The whole content: the header is ignored.
    Whole,
    /// One or more byte ranges, in the order of the header. No range is empty, and the ranges do
    /// not overlap.
    Parts(Vec<Range<u64>>),
    /// No range is within the content: respond with 416.
    Unsatisfiable,
}

/// Parses the value of a `Range` header (RFC 9110 §14.1.2). `length` is the length of the content,
/// in bytes.
///
/// Returns `Whole` if the value is invalid or the content is empty. Also returns `Whole` for more
/// than `MAX_RANGES` satisfiable ranges and for overlapping ranges, because they cost more than
/// sending the whole content.
pub(super) fn parse_range(value: &[u8], length: u64) -> RangeRequest {
    let Some(specs) = byte_ranges(value).filter(|_| length > 0) else {
        return RangeRequest::Whole;
    };
    let mut parts = Vec::new();
    for spec in specs.split(',').map(|spec| spec.trim_matches([' ', '\t'])) {
        if spec.is_empty() {
            continue;
        }
        let Some(part) = part(spec, length) else {
            return RangeRequest::Whole;
        };
        if !part.is_empty() {
            parts.push(part);
        }
        if parts.len() > MAX_RANGES {
            return RangeRequest::Whole;
        }
    }
    if parts.is_empty() {
        return RangeRequest::Unsatisfiable;
    }
    if overlap(&parts) { RangeRequest::Whole } else { RangeRequest::Parts(parts) }
}

/// Returns the list of ranges after `bytes=`, or `None` if the unit is not `bytes` or the list has
/// no range.
fn byte_ranges(value: &[u8]) -> Option<&str> {
    let (unit, specs) = std::str::from_utf8(value).ok()?.split_once('=')?;
    let has_some = specs.contains('-');
    (unit.trim().eq_ignore_ascii_case("bytes") && has_some).then_some(specs)
}

/// Parses one range and clamps it to the content. Returns an empty range if it selects no byte of
/// the content, and `None` if it is invalid.
fn part(spec: &str, length: u64) -> Option<Range<u64>> {
    let (first, last) = spec.split_once('-')?;
    if first.is_empty() {
        return Some(length - number(last)?.min(length)..length);
    }
    let (first, last) = (number(first)?, if last.is_empty() { u64::MAX } else { number(last)? });
    (first <= last).then(|| first.min(length)..last.saturating_add(1).min(length))
}

/// Parses a decimal number. A number that overflows becomes `u64::MAX`, which is after the end of
/// any content. Returns `None` if the text is not a number.
fn number(digits: &str) -> Option<u64> {
    let are_digits = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
    are_digits.then(|| digits.parse().unwrap_or(u64::MAX))
}

/// Returns whether any two of the ranges overlap.
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
    fn check(value: &str, length: u64, expected: &RangeRequest) {
        assert_eq!(&parse_range(value.as_bytes(), length), expected, "{value}");
    }

    #[track_caller]
    fn check_parts(value: &str, expected: &[(u64, u64)]) {
        let parts = expected.iter().map(|&(start, end)| start..end).collect();
        check(value, 1000, &RangeRequest::Parts(parts));
    }

    #[test]
    fn ranges_are_limited_to_the_length() {
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
    fn ranges_after_the_end_are_unsatisfiable_and_invalid_ranges_are_ignored() {
        for after_end in
            ["bytes=1000-", "bytes=1000-2000", "bytes=-0", "bytes=99999999999999999999-"]
        {
            check(after_end, 1000, &RangeRequest::Unsatisfiable);
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
            check(whole, 1000, &RangeRequest::Whole);
        }
        check("bytes=0-", 0, &RangeRequest::Whole);
    }

    #[test]
    fn overlapping_or_too_many_ranges_select_the_whole_content() {
        check("bytes=0-10,5-15", 1000, &RangeRequest::Whole);
        let many: Vec<_> = (0..17).map(|at| format!("{0}-{0}", at * 2)).collect();
        check(&format!("bytes={}", many.join(",")), 1000, &RangeRequest::Whole);
    }

    proptest! {
        #[test]
        fn parsed_ranges_are_within_the_length_for_any_header(
            value in prop_oneof![
                any::<Vec<u8>>(),
                "bytes=[0-9, -]{0,40}".prop_map(String::into_bytes),
            ],
            length in any::<u64>(),
        ) {
            if let RangeRequest::Parts(parts) = parse_range(&value, length) {
                prop_assert!(parts.iter().all(|part| part.start < part.end && part.end <= length));
                let sum: u64 = parts.iter().map(|part| part.end - part.start).sum();
                prop_assert!(sum <= length);
            }
        }

        #[test]
        fn parsing_tags_never_panics(value in any::<Vec<u8>>()) {
            let _ = super::super::etag::Tag::list(&value);
        }

        #[test]
        fn all_tags_of_a_list_are_parsed(
            tags in proptest::collection::vec("[!#-~]{0,8}", 0..6),
        ) {
            let list: Vec<_> = tags.iter().map(|tag| format!("\"{tag}\"")).collect();
            let list = list.join(", ");
            prop_assert_eq!(super::super::etag::Tag::list(list.as_bytes()).len(), tags.len());
        }
    }
}
