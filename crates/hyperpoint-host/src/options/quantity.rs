//! Deserialization of durations and sizes from a whole number with a unit.

use std::fmt;
use std::time::Duration;

use serde::de::{self, Deserializer, Visitor};

/// Deserializes a duration such as `"15s"`.
pub(super) fn duration<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Duration, D::Error> {
    struct Text;
    impl Visitor<'_> for Text {
        type Value = Duration;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("a duration with its unit, such as \"15s\", \"500ms\", \"2m\" or \"1h\"")
        }

        fn visit_str<E: de::Error>(self, text: &str) -> Result<Duration, E> {
            let unexpected = || E::invalid_value(de::Unexpected::Str(text), &self);
            parse_duration(text).ok_or_else(unexpected)
        }
    }
    deserializer.deserialize_str(Text)
}

/// Deserializes a size such as `"1 MiB"`, or a number of bytes.
pub(super) fn bytes<'de, D: Deserializer<'de>>(deserializer: D) -> Result<usize, D::Error> {
    struct NumberOrText;
    impl Visitor<'_> for NumberOrText {
        type Value = usize;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("a size such as \"1 MiB\", \"64 KiB\" or \"100 kB\", or a number of bytes")
        }

        fn visit_u64<E: de::Error>(self, bytes: u64) -> Result<usize, E> {
            let unexpected = |_| E::invalid_value(de::Unexpected::Unsigned(bytes), &self);
            usize::try_from(bytes).map_err(unexpected)
        }

        fn visit_i64<E: de::Error>(self, bytes: i64) -> Result<usize, E> {
            let unexpected = |_| E::invalid_value(de::Unexpected::Signed(bytes), &self);
            usize::try_from(bytes).map_err(unexpected)
        }

        fn visit_str<E: de::Error>(self, text: &str) -> Result<usize, E> {
            let unexpected = || E::invalid_value(de::Unexpected::Str(text), &self);
            parse_bytes(text).ok_or_else(unexpected)
        }
    }
    deserializer.deserialize_any(NumberOrText)
}

fn parse_duration(text: &str) -> Option<Duration> {
    let (number, unit) = split(text)?;
    let seconds = |each: u64| number.checked_mul(each).map(Duration::from_secs);
    match unit {
        "ms" => Some(Duration::from_millis(number)),
        "s" => seconds(1),
        "m" | "min" => seconds(60),
        "h" => seconds(60 * 60),
        "d" => seconds(24 * 60 * 60),
        _ => None,
    }
}

fn parse_bytes(text: &str) -> Option<usize> {
    let (number, unit) = split(text)?;
    let each: u64 = match unit {
        "" | "B" => 1,
        "kB" => 1000,
        "MB" => 1000 * 1000,
        "GB" => 1000 * 1000 * 1000,
        "KiB" => 1024,
        "MiB" => 1024 * 1024,
        "GiB" => 1024 * 1024 * 1024,
        _ => return None,
    };
    number.checked_mul(each)?.try_into().ok()
}

/// Splits the text into its leading whole number and its unit. Returns `None` if it does not begin
/// with a number, or the number overflows.
fn split(text: &str) -> Option<(u64, &str)> {
    let text = text.trim();
    let digits = text.find(|char: char| !char.is_ascii_digit()).unwrap_or(text.len());
    let (number, unit) = text.split_at_checked(digits)?;
    Some((number.parse().ok()?, unit.trim_start()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_duration_is_a_whole_number_with_a_unit() {
        let check = |text, expected| assert_eq!(parse_duration(text), expected, "{text:?}");
        check("250ms", Some(Duration::from_millis(250)));
        check("15s", Some(Duration::from_secs(15)));
        check(" 15 s ", Some(Duration::from_secs(15)));
        check("2m", Some(Duration::from_mins(2)));
        check("2min", Some(Duration::from_mins(2)));
        check("1h", Some(Duration::from_hours(1)));
        check("1d", Some(Duration::from_hours(24)));
        for wrong in ["", "15", "s", "-1s", "1.5s", "15 sec", "1m 30s", "15S", "99999999999999999h"]
        {
            check(wrong, None);
        }
    }

    #[test]
    fn a_size_is_a_number_of_bytes_or_has_a_unit() {
        let check = |text, expected| assert_eq!(parse_bytes(text), expected, "{text:?}");
        check("0", Some(0));
        check("512", Some(512));
        check("512 B", Some(512));
        check("64KiB", Some(64 * 1024));
        check("1 MiB", Some(1024 * 1024));
        check("2 GiB", Some(2 * 1024 * 1024 * 1024));
        check("100 kB", Some(100_000));
        check("1 MB", Some(1_000_000));
        for wrong in ["", "MiB", "1 mib", "1 K", "1.5 MiB", "-1", "99999999999999 GiB"] {
            check(wrong, None);
        }
    }
}
