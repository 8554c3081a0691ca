//! A summary of the events and comments that a reader has read so far, for the text of an error.

use std::collections::VecDeque;
use std::fmt;

use hyperpoint_sse::Decoded;

/// The maximum number of newest events and comments in an error text.
const LAST: usize = 3;
/// The maximum number of characters of each event's data, each comment and each response body in an
/// error text.
const SHOWN_CHARS: usize = 60;

/// The numbers of events and comments that were read, and summaries of the [`LAST`] newest of them.
#[derive(Debug, Default)]
pub(crate) struct Transcript {
    events: usize,
    comments: usize,
    last: VecDeque<String>,
}

impl Transcript {
    pub(crate) fn record(&mut self, decoded: &Decoded) {
        match decoded {
            Decoded::Event(_) => self.events += 1,
            _ => self.comments += 1,
        }
        if self.last.len() == LAST {
            self.last.pop_front();
        }
        self.last.push_back(summary(decoded));
    }
}

/// Returns the name and the start of the data of an event, or the start of the text of a comment.
pub(crate) fn summary(decoded: &Decoded) -> String {
    match decoded {
        Decoded::Event(event) => format!("{} {:?}", event.name, shortened(&event.data)),
        Decoded::Comment(text) => format!("comment {:?}", shortened(text)),
        _ => "an unknown item".to_owned(),
    }
}

/// Returns the first [`SHOWN_CHARS`] characters of a text, followed by `…` if the text is longer.
pub(crate) fn shortened(text: &str) -> String {
    match text.char_indices().nth(SHOWN_CHARS) {
        Some((end, _)) => format!("{}…", text.get(..end).unwrap_or_default()),
        None => text.to_owned(),
    }
}

impl fmt::Display for Transcript {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} events, {} comments", self.events, self.comments)?;
        if self.last.is_empty() {
            return Ok(());
        }
        let last: Vec<&str> = self.last.iter().map(String::as_str).collect();
        write!(f, ", the newest: {}", last.join(", "))
    }
}
