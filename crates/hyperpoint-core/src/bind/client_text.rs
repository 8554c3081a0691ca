//! Conversion of a serde error to a text for clients.

use crate::problem::excerpt;

/// Returns the text of a serde error, with the Rust type that serde expected replaced by its JSON
/// counterpart. Each quoted value is cut to its first 64 characters, and the whole text to its
/// first 1,000.
pub(super) fn client_text(reason: &str) -> String {
    shortened(&without_type_name(reason))
}

/// Replaces the Rust type that serde expected, such as `struct Order`, with its JSON counterpart,
/// such as `an object`.
fn without_type_name(reason: &str) -> String {
    const EXPECTED: &str = ", expected ";
    const KINDS: [(&str, &str); 5] = [
        ("struct variant ", "an object"),
        ("tuple variant ", "an array"),
        ("tuple struct ", "an array"),
        ("struct ", "an object"),
        ("enum ", "the name of a variant, or an object with it as its only key"),
    ];
    let at = reason.rfind(EXPECTED).map(|at| at + EXPECTED.len());
    let Some((before, expected)) = at.and_then(|at| reason.split_at_checked(at)) else {
        return reason.to_owned();
    };
    let named = |(kind, json): &(&str, &str)| {
        let name = expected.strip_prefix(kind)?;
        let rest = name.trim_start_matches(|c: char| c.is_alphanumeric() || "_:<>".contains(c));
        Some(format!("{before}{json}{rest}"))
    };
    KINDS.iter().find_map(named).unwrap_or_else(|| reason.to_owned())
}

/// Cuts each value that a serde error quotes to its first 64 characters, and the whole text to its
/// first 1,000.
fn shortened(reason: &str) -> String {
    const VALUE_CHARS: usize = 64;
    const REASON_CHARS: usize = 1_000;
    let mut short = String::new();
    let mut rest = reason;
    while let Some(begin) = rest.find(['"', '`']) {
        let (before, quoted) = rest.split_at(begin + 1);
        let end = closing(quoted, &before[begin..]);
        short.push_str(before);
        short.push_str(&excerpt(&quoted[..end], VALUE_CHARS));
        rest = &quoted[end..];
        if let Some(after) = rest.strip_prefix(['"', '`']) {
            short.push_str(&before[begin..]);
            rest = after;
        }
    }
    short.push_str(rest);
    excerpt(&short, REASON_CHARS).into_owned()
}

/// Returns the byte offset of the mark that closes the quotation, or the length of `quoted` if
/// there is none. `quoted` is the text after the opening mark. Serde escapes marks only within
/// double quotation marks.
fn closing(quoted: &str, mark: &str) -> usize {
    let mut is_escaped = false;
    let end = quoted.char_indices().find(|(_, c)| {
        let is_end = !is_escaped && mark.contains(*c);
        is_escaped = !is_escaped && *c == '\\' && mark == "\"";
        is_end
    });
    end.map_or(quoted.len(), |(end, _)| end)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reason_quotes_only_the_beginning_of_a_long_value() {
        let long = "x".repeat(100_000);
        let (part, short) = ("x".repeat(64), "unknown variant `left`, expected `up` or `down`");
        for (reason, expected) in [
            (short.to_owned(), short.to_owned()),
            (
                format!("invalid type: string \"{long}\", expected u32 at line 1 column 9"),
                format!("invalid type: string \"{part}…\", expected u32 at line 1 column 9"),
            ),
            (
                format!("unknown field `{long}`, expected `a`"),
                format!("unknown field `{part}…`, expected `a`"),
            ),
            ("string \"a\\\"b\", expected".to_owned(), "string \"a\\\"b\", expected".to_owned()),
        ] {
            assert_eq!(shortened(&reason), expected);
        }
        // A quotation mark within a value does not bypass the limit.
        assert_eq!(shortened(&format!("unknown field `a`{long}`")).chars().count(), 1_001);
    }

    #[test]
    fn a_reason_names_json_and_no_rust_type() {
        for (reason, expected) in [
            (
                "invalid type: integer `3`, expected struct Order at line 1 column 1",
                "invalid type: integer `3`, expected an object at line 1 column 1",
            ),
            (
                "invalid length 1, expected struct Order with 2 elements",
                "invalid length 1, expected an object with 2 elements",
            ),
            (
                "invalid type: null, expected tuple struct Pair",
                "invalid type: null, expected an array",
            ),
            (
                "invalid type: string \", expected struct A\", expected u32",
                "invalid type: string \", expected struct A\", expected u32",
            ),
        ] {
            assert_eq!(client_text(reason), expected);
        }
    }
}
