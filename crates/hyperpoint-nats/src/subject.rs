//! Owns the subject that stands for a topic.

use std::borrow::Cow;

use percent_encoding::{AsciiSet, CONTROLS, percent_decode_str, utf8_percent_encode};

/// What a token of a subject can't have, and what has a meaning of its own there.
const NOT_IN_TOKENS: &AsciiSet = &CONTROLS.add(b' ').add(b'%').add(b'.').add(b'*').add(b'>');
/// A part of a name that is empty: a token can't be.
const EMPTY: &str = "%";

/// A line of the protocol has 4,096 bytes, and a server closes the connection over a longer one.
const LONGEST: usize = 2048;

/// The subject that stands for a topic.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Subject {
    Of(String),
    /// The name is longer than a subject may be.
    TooLong,
}

/// The subject of a topic: its name with dots for slashes, so that `room/lobby` is found under
/// `room.*`.
pub(crate) fn subject(prefix: &str, topic: &str) -> Subject {
    let mut subject = prefix.to_owned();
    for part in topic.split('/') {
        subject.push('.');
        match part {
            "" => subject.push_str(EMPTY),
            part => subject.extend(utf8_percent_encode(part, NOT_IN_TOKENS)),
        }
    }
    if subject.len() > LONGEST { Subject::TooLong } else { Subject::Of(subject) }
}

/// The topic of a subject; none for one that stands for none.
pub(crate) fn topic(prefix: &str, subject: &str) -> Option<String> {
    let tokens = subject.strip_prefix(prefix)?.strip_prefix('.')?;
    let parts = tokens.split('.').map(|token| match token {
        EMPTY => Some(Cow::Borrowed("")),
        token => percent_decode_str(token).decode_utf8().ok(),
    });
    Some(parts.collect::<Option<Vec<_>>>()?.join("/"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(name: &str, expected: &str) {
        let expected = format!("log.{expected}");
        assert_eq!(topic("log", &expected).as_deref(), Some(name));
        assert_eq!(subject("log", name), Subject::Of(expected));
    }

    #[test]
    fn a_name_is_found_again_whatever_is_in_it() {
        check("prices", "prices");
        check("room/lobby", "room.lobby");
        check("a b.c/*/>", "a%20b%2Ec.%2A.%3E");
        check("/a//b/", "%.a.%.b.%");
        check("100%/é", "100%25.%C3%A9");
        check("room/a%2Fb", "room.a%252Fb");
        check("%", "%25");
    }

    #[test]
    fn a_name_that_no_line_has_room_for_has_no_subject() {
        assert_eq!(subject("log", &"é".repeat(1000)), Subject::TooLong);
        assert!(matches!(subject("log", &"e".repeat(1000)), Subject::Of(_)));
    }

    #[test]
    fn a_subject_of_something_else_is_no_topic() {
        assert_eq!(topic("log", "logs.a"), None);
        assert_eq!(topic("log", "log"), None);
        assert_eq!(topic("log", "other.a"), None);
        assert_eq!(topic("log", "log.%FF"), None);
    }
}
