//! Constraints of route parameters: `{id:int}`.

use uuid::Uuid;

/// A constraint on the value of a route parameter. The route does not match a path whose value
/// violates the constraint.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Constraint {
    /// `int`: a signed 64-bit integer, without a leading `+`.
    Int,
    /// `uuid`: a UUID with hyphens.
    Uuid,
    /// `alpha`: ASCII letters. The values are the minimum and the maximum number of letters.
    Alpha(usize, usize),
    /// `digits`: ASCII digits. The values are the minimum and the maximum number of digits.
    Digits(usize, usize),
}

impl Constraint {
    /// Parses a constraint: `int`, `uuid`, `alpha` or `digits`. `alpha` and `digits` may have an
    /// exact length, as in `digits(3)`, or a minimum and a maximum length, as in `digits(2,4)`; by
    /// default, the minimum is 1 and there is no maximum. Returns `None` if the constraint is
    /// invalid.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let (name, lengths) = match text.split_once('(') {
            Some((name, lengths)) => (name, Some(lengths.strip_suffix(')')?)),
            None => (text, None),
        };
        let (least, most) =
            match lengths.map(|lengths| lengths.split_once(',').unwrap_or((lengths, lengths))) {
                Some((least, most)) => (least.trim().parse().ok()?, most.trim().parse().ok()?),
                None => (1, usize::MAX),
            };
        match name {
            _ if least == 0 || least > most => None,
            "int" if lengths.is_none() => Some(Self::Int),
            "uuid" if lengths.is_none() => Some(Self::Uuid),
            "alpha" => Some(Self::Alpha(least, most)),
            "digits" => Some(Self::Digits(least, most)),
            _ => None,
        }
    }

    /// Returns whether a segment of a normalized path satisfies the constraint. The segment is not
    /// percent-decoded.
    #[must_use]
    pub fn accepts(self, segment: &str) -> bool {
        let all = |is: fn(&u8) -> bool| segment.bytes().all(|byte| is(&byte));
        match self {
            Self::Int => !segment.starts_with('+') && segment.parse::<i64>().is_ok(),
            Self::Uuid => segment.len() == 36 && Uuid::try_parse(segment).is_ok(),
            Self::Alpha(least, most) => {
                (least..=most).contains(&segment.len()) && all(u8::is_ascii_alphabetic)
            }
            Self::Digits(least, most) => {
                (least..=most).contains(&segment.len()) && all(u8::is_ascii_digit)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_constraint_accepts_only_its_values() {
        for (text, good, bad) in [
            (
                "int",
                &["0", "-7", "007", "9223372036854775807"][..],
                &["", "+7", "1.0", "9223372036854775808", "%31"][..],
            ),
            (
                "uuid",
                &["67e55044-10b1-426f-9247-bb680e5fe0c8"],
                &["67e5504410b1426f9247bb680e5fe0c8", "7"],
            ),
            ("alpha", &["a", "Zz"], &["", "a1", "%C3%A9"]),
            ("alpha(2)", &["ab"], &["a", "abc"]),
            ("digits(3)", &["123", "000"], &["12", "1234", "12a"]),
            ("digits(1,2)", &["1", "12"], &["123", "-1"]),
        ] {
            let constraint = Constraint::parse(text).unwrap();
            assert!(good.iter().all(|value| constraint.accepts(value)), "{text}");
            assert!(!bad.iter().any(|value| constraint.accepts(value)), "{text}");
        }
    }

    #[test]
    fn an_unknown_constraint_is_refused() {
        for text in [
            "",
            "Int",
            "int(3)",
            "digits(",
            "digits()",
            "digits(3",
            "digits(0)",
            "digits(3,2)",
            "regex(^a$)",
        ] {
            assert_eq!(Constraint::parse(text), None, "{text}");
        }
    }
}
