//! What came of a stream so far, for the text of an error.

use std::collections::VecDeque;
use std::fmt;

use hyperpoint_sse::Decoded;

/// How many of the last items are told, and how much of each.
const LAST: usize = 3;
const SHOWN_CHARS: usize = 60;

/// How much came of a stream, and the last of it.
#[derive(Debug, Default)]
pub(crate) struct Transcript {
    events: usize,
    comments: usize,
    last: VecDeque<String>,
}

impl Transcript {
    pub(crate) fn note(&mut self, decoded: &Decoded) {
        match decoded {
            Decoded::Event(_) => self.events += 1,
            _ => self.comments += 1,
        }
        if self.last.len() == LAST {
            self.last.pop_front();
        }
        self.last.push_back(shown(decoded));
    }
}

/// An item in a few words.
pub(crate) fn shown(decoded: &Decoded) -> String {
    match decoded {
        Decoded::Event(event) => format!("{} {:?}", event.name, shortened(&event.data)),
        Decoded::Comment(text) => format!("comment {:?}", shortened(text)),
        _ => "an item of another kind".to_owned(),
    }
}

/// The beginning of a text.
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
        write!(f, ", the last: {}", last.join(", "))
    }
}
