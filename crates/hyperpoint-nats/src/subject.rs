//! Maps topic names to NATS subjects, and back.

use std::borrow::Cow;

use percent_encoding::{AsciiSet, CONTROLS, percent_decode_str, utf8_percent_encode};

/// The characters that are percent-encoded in a token, since they are invalid or have a special
/// meaning in a subject. Non-ASCII characters are always percent-encoded.
const NOT_IN_TOKENS: &AsciiSet = &CONTROLS.add(b' ').add(b'%').add(b'.').add(b'*').add(b'>');
/// The token for an empty part of a topic name, since a token cannot be empty.
const EMPTY: &str = "%";

/// The maximum length of a subject in bytes. A server closes the connection if a protocol line,
/// which holds the subject, is longer than 4,096 bytes.
const MAX_BYTES: usize = 2048;

/// The subject of a topic.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Subject {
    Of(String),
    /// The subject would be longer than the maximum.
    TooLong,
}

/// Returns the subject of a topic: the stream name, then the topic name with dots for slashes, so
/// that the wildcard `room.*` matches `room/lobby`.
pub(crate) fn subject(prefix: &str, topic: &str) -> Subject {
    let mut subject = prefix.to_owned();
    for part in topic.split('/') {
        subject.push('.');
        match part {
            "" => subject.push_str(EMPTY),
            part => subject.extend(utf8_percent_encode(part, NOT_IN_TOKENS)),
        }
    }
    if subject.len() > MAX_BYTES { Subject::TooLong } else { Subject::Of(subject) }
}

/// Returns the topic name of a subject, or `None` if it is not the subject of a topic.
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
    fn a_subject_leads_back_to_any_topic_name() {
        check("prices", "prices");
        check("room/lobby", "room.lobby");
        check("a b.c/*/>", "a%20b%2Ec.%2A.%3E");
        check("/a//b/", "%.a.%.b.%");
        check("100%/é", "100%25.%C3%A9");
        check("room/a%2Fb", "room.a%252Fb");
        check("%", "%25");
    }

    #[test]
    fn a_topic_name_longer_than_a_protocol_line_has_no_subject() {
        assert_eq!(subject("log", &"é".repeat(1000)), Subject::TooLong);
        assert!(matches!(subject("log", &"e".repeat(1000)), Subject::Of(_)));
    }

    #[test]
    fn a_subject_outside_the_stream_has_no_topic() {
        assert_eq!(topic("log", "logs.a"), None);
        assert_eq!(topic("log", "log"), None);
        assert_eq!(topic("log", "other.a"), None);
        assert_eq!(topic("log", "log.%FF"), None);
    }
}
