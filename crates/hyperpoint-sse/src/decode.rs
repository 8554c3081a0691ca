//! The decoder of event streams: splits chunks into lines, and groups lines into events.
//! Independent of the source of the chunks.

use std::{collections::VecDeque, error::Error, fmt, mem, time::Duration};

use crate::{
    block::{Block, replaced_bytes, text},
    decoded::{Decoded, Event},
    lines::first_line,
};

/// Decodes an event stream by the rules of the WHATWG HTML standard, from chunks of any size.
///
/// An event or comment over the size limit is the only error: the decoder ignores unknown fields
/// and invalid values, replaces invalid UTF-8 with U+FFFD, and never returns an event without its
/// final empty line.
///
/// # Examples
///
/// ```
/// use hyperpoint::sse::{Decoded, Decoder};
///
/// let mut decoder = Decoder::new();
/// decoder.push(b"data: he")?;
/// assert_eq!(decoder.pop(), None);
/// decoder.push(b"llo\n\n")?;
/// let Some(Decoded::Event(event)) = decoder.pop() else { panic!("one event") };
/// assert_eq!(event.data, "hello");
/// # Ok::<(), hyperpoint::sse::EventTooLarge>(())
/// ```
#[derive(Debug)]
pub struct Decoder {
    line: Vec<u8>,
    block: Block,
    queue: VecDeque<Queued>,
    last_event_id: String,
    retry: Option<Duration>,
    max_event_bytes: usize,
    is_at_start: bool,
    is_after_cr: bool,
    has_failed: bool,
}

#[derive(Debug)]
enum Queued {
    Block(Block),
    Comment(String),
}

impl Decoder {
    const DEFAULT_MAX_EVENT_BYTES: usize = 16 << 20;

    /// Creates a decoder at the start of a stream, with a limit of 16 MiB for each event and
    /// comment.
    ///
    /// # Examples
    ///
    /// ```
    /// use hyperpoint::sse::Decoder;
    ///
    /// assert_eq!(Decoder::new().pop(), None);
    /// ```
    #[must_use]
    pub fn new() -> Self {
        Self::with_max_event_bytes(Self::DEFAULT_MAX_EVENT_BYTES)
    }

    /// Creates a decoder with a limit of `max_event_bytes` for each event and comment.
    ///
    /// The limit applies to the total size of the current line and of the name, data and id of the
    /// incomplete event, so an event that never ends does not exhaust the memory. Invalid UTF-8
    /// counts with the size of its replacement. Complete events and comments that are not popped
    /// yet do not count.
    ///
    /// # Examples
    ///
    /// ```
    /// use hyperpoint::sse::Decoder;
    ///
    /// let mut decoder = Decoder::with_max_event_bytes(10);
    /// assert!(decoder.push(b"data: 12345").is_err());
    /// ```
    #[must_use]
    pub fn with_max_event_bytes(max_event_bytes: usize) -> Self {
        Self {
            line: Vec::new(),
            block: Block::default(),
            queue: VecDeque::new(),
            last_event_id: String::new(),
            retry: None,
            max_event_bytes,
            is_at_start: true,
            is_after_cr: false,
            has_failed: false,
        }
    }

    /// Decodes the next chunk of the stream. [`pop`](Self::pop) returns the events and comments
    /// that the chunk completes.
    ///
    /// # Errors
    ///
    /// Returns [`EventTooLarge`] if an event or comment exceeds the limit. Earlier events and
    /// comments can still be popped; every later call of `push` fails too, until
    /// [`restart`](Self::restart).
    ///
    /// # Examples
    ///
    /// ```
    /// use hyperpoint::sse::Decoder;
    ///
    /// let mut decoder = Decoder::new();
    /// decoder.push(b"data: 1\n\ndata: 2\n\n")?;
    /// assert!(decoder.pop().is_some() && decoder.pop().is_some() && decoder.pop().is_none());
    /// # Ok::<(), hyperpoint::sse::EventTooLarge>(())
    /// ```
    pub fn push(&mut self, chunk: &[u8]) -> Result<(), EventTooLarge> {
        let Some(&last) = chunk.last() else {
            return self.check_size(0);
        };
        let mut rest = chunk;
        if self.is_after_cr {
            rest = chunk.strip_prefix(b"\n").unwrap_or(chunk);
        }
        self.is_after_cr = last == b'\r';
        while let Some((end_of_line, tail)) = first_line(rest) {
            self.end_line(end_of_line)?;
            rest = tail;
        }
        self.store(rest)
    }

    /// Removes and returns the next event or comment, or returns `None` if none is complete.
    ///
    /// # Examples
    ///
    /// ```
    /// use hyperpoint::sse::{Decoded, Decoder};
    ///
    /// let mut decoder = Decoder::new();
    /// decoder.push(b":\n")?;
    /// assert_eq!(decoder.pop(), Some(Decoded::Comment(String::new())));
    /// assert_eq!(decoder.pop(), None);
    /// # Ok::<(), hyperpoint::sse::EventTooLarge>(())
    /// ```
    pub fn pop(&mut self) -> Option<Decoded> {
        while let Some(queued) = self.queue.pop_front() {
            let decoded = match queued {
                Queued::Block(block) => self.dispatch(block).map(Decoded::Event),
                Queued::Comment(text) => Some(Decoded::Comment(text)),
            };
            if decoded.is_some() {
                return decoded;
            }
        }
        None
    }

    /// Returns the id that a client would send as `Last-Event-ID` after the popped events, or an
    /// empty string if no event has set an id or the last `id` field was empty. An event without
    /// data also sets the id, at the call of `pop` that skips the event.
    ///
    /// # Examples
    ///
    /// ```
    /// use hyperpoint::sse::Decoder;
    ///
    /// let mut decoder = Decoder::new();
    /// decoder.push(b"id: 7\ndata: a\n\nid: 8\ndata: incomplete")?;
    /// while decoder.pop().is_some() {}
    /// assert_eq!(decoder.last_event_id(), "7");
    /// # Ok::<(), hyperpoint::sse::EventTooLarge>(())
    /// ```
    #[must_use]
    pub fn last_event_id(&self) -> &str {
        &self.last_event_id
    }

    /// Returns the last reconnection time that the stream has set, up to the popped events, or
    /// `None` if unset. An event without data also sets the time, at the call of `pop` that skips
    /// the event.
    ///
    /// # Examples
    ///
    /// ```
    /// use hyperpoint::sse::Decoder;
    /// use std::time::Duration;
    ///
    /// let mut decoder = Decoder::new();
    /// decoder.push(b"retry: 2000\n\n")?;
    /// assert_eq!(decoder.pop(), None);
    /// assert_eq!(decoder.retry_after(), Some(Duration::from_secs(2)));
    /// # Ok::<(), hyperpoint::sse::EventTooLarge>(())
    /// ```
    #[must_use]
    pub fn retry_after(&self) -> Option<Duration> {
        self.retry
    }

    /// Starts the next stream of the same client, as after a reconnection. Discards the incomplete
    /// event and the events and comments that are not popped, and clears an earlier error of
    /// [`push`](Self::push). Keeps the last event id, the reconnection time and the size limit.
    ///
    /// # Examples
    ///
    /// ```
    /// use hyperpoint::sse::{Decoded, Decoder};
    ///
    /// let mut decoder = Decoder::new();
    /// decoder.push(b"id: 7\ndata: a\n\ndata: incomplete")?;
    /// while decoder.pop().is_some() {}
    /// decoder.restart();
    /// decoder.push(b"data: b\n\n")?;
    /// let Some(Decoded::Event(event)) = decoder.pop() else { panic!("one event") };
    /// assert_eq!((event.data.as_str(), event.last_event_id.as_str()), ("b", "7"));
    /// # Ok::<(), hyperpoint::sse::EventTooLarge>(())
    /// ```
    pub fn restart(&mut self) {
        *self = Self {
            last_event_id: mem::take(&mut self.last_event_id),
            retry: self.retry,
            ..Self::with_max_event_bytes(self.max_event_bytes)
        };
    }

    fn end_line(&mut self, end_of_line: &[u8]) -> Result<(), EventTooLarge> {
        if self.line.is_empty() {
            self.check_size(end_of_line.len())?;
            return self.read_line(end_of_line);
        }
        self.store(end_of_line)?;
        let mut line = mem::take(&mut self.line);
        self.read_line(&line)?;
        line.clear();
        self.line = line;
        Ok(())
    }

    fn store(&mut self, part_of_line: &[u8]) -> Result<(), EventTooLarge> {
        self.check_size(part_of_line.len())?;
        self.line.extend_from_slice(part_of_line);
        Ok(())
    }

    fn check_size(&mut self, added_bytes: usize) -> Result<(), EventTooLarge> {
        if self.line.len() + self.block.bytes() + added_bytes > self.max_event_bytes {
            self.has_failed = true;
            self.line = Vec::new();
            self.block = Block::default();
        }
        if self.has_failed {
            return Err(EventTooLarge { max_event_bytes: self.max_event_bytes });
        }
        Ok(())
    }

    fn read_line(&mut self, line: &[u8]) -> Result<(), EventTooLarge> {
        // An invalid byte takes up to three bytes once it is replaced.
        if self.block.bytes() + 3 * line.len() > self.max_event_bytes {
            self.check_size(replaced_bytes(line))?;
        }
        let is_first = mem::take(&mut self.is_at_start);
        let line = line.strip_prefix(BYTE_ORDER_MARK).filter(|_| is_first).unwrap_or(line);
        match line {
            [] => self.end_block(),
            [b':', comment @ ..] => {
                self.queue.push_back(Queued::Comment(text(comment).into_owned()));
            }
            field => self.block.read(field),
        }
        Ok(())
    }

    fn end_block(&mut self) {
        let block = mem::take(&mut self.block);
        if block.has_effect() {
            self.queue.push_back(Queued::Block(block));
        }
    }

    /// Applies a block to the client's state, and returns its event if it has data.
    ///
    /// Called by `pop` and not by `push`, because each `Event` contains a copy of the last event
    /// id: with one long id and many short events, the queue would otherwise need far more memory
    /// than the size of the stream.
    fn dispatch(&mut self, block: Block) -> Option<Event> {
        if let Some(id) = &block.id {
            self.last_event_id.clone_from(id);
        }
        self.retry = block.retry.or(self.retry);
        Some(Event {
            data: block.data?,
            name: if block.name.is_empty() { "message".to_owned() } else { block.name },
            id: block.id,
            last_event_id: self.last_event_id.clone(),
            retry: block.retry,
        })
    }
}

impl Default for Decoder {
    fn default() -> Self {
        Self::new()
    }
}

/// The error returned when an event or comment exceeds the size limit of its [`Decoder`].
///
/// # Examples
///
/// ```
/// use hyperpoint::sse::Decoder;
///
/// let error = Decoder::with_max_event_bytes(10).push(b"data: 12345").unwrap_err();
/// assert_eq!(error.to_string(), "event exceeds the limit of 10 bytes");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EventTooLarge {
    max_event_bytes: usize,
}

impl fmt::Display for EventTooLarge {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "event exceeds the limit of {} bytes", self.max_event_bytes)
    }
}

impl Error for EventTooLarge {}

const BYTE_ORDER_MARK: &[u8] = "\u{feff}".as_bytes();

#[cfg(test)]
mod tests {
    use super::{Decoded, Decoder};

    /// Decodes a stream into one string for each item: `comment|…`, or
    /// `name|data|id|last event id`.
    fn decode<'a>(chunks: impl IntoIterator<Item = &'a [u8]>) -> Vec<String> {
        let mut decoder = Decoder::new();
        chunks.into_iter().for_each(|chunk| decoder.push(chunk).unwrap());
        std::iter::from_fn(|| decoder.pop()).map(show).collect()
    }

    fn show(decoded: Decoded) -> String {
        match decoded {
            Decoded::Comment(text) => format!("comment|{text}"),
            Decoded::Event(event) => {
                let id = event.id.as_deref().unwrap_or("none");
                format!("{}|{}|{id}|{}", event.name, event.data, event.last_event_id)
            }
        }
    }

    /// Decodes the stream in one chunk, byte by byte, and split in two at each position, and checks
    /// each result.
    #[track_caller]
    fn check(stream: impl AsRef<[u8]>, expected: &[&str]) {
        let stream = stream.as_ref();
        assert_eq!(decode([stream]), expected);
        assert_eq!(decode(stream.chunks(1)), expected);
        for at in 0..stream.len() {
            let (head, tail) = stream.split_at(at);
            assert_eq!(decode([head, b"", tail]), expected, "split at {at}");
        }
    }

    #[test]
    fn a_restart_discards_the_stream_and_keeps_the_state_of_the_client() {
        let mut decoder = Decoder::with_max_event_bytes(100);
        decoder.push(b"id: 1\nretry: 5\ndata: a\n\nid: 2\ndata: b\r").unwrap();
        assert!(decoder.pop().is_some());
        assert!(decoder.push(&[b'x'; 100]).is_err());
        decoder.restart();
        decoder.push(b"\n\xef\xbb\xbfdata: c\n\n").unwrap();
        assert_eq!(decoder.pop(), None, "a line break before the byte order mark");
        decoder.restart();
        decoder.push(b"\xef\xbb\xbfdata: d\n\n").unwrap();
        assert_eq!(decoder.pop().map(show).unwrap(), "message|d|none|1");
        assert_eq!(decoder.retry_after(), Some(std::time::Duration::from_millis(5)));
    }

    #[test]
    fn events_and_comments_are_returned_in_order() {
        check(
            "data: a\n\n:\n: hi\ndata: b\n\n",
            &["message|a|none|", "comment|", "comment|hi", "message|b|none|"],
        );
        check("event: x\ndata: a\n\ndata: b\n\n", &["x|a|none|", "message|b|none|"]);
    }

    #[test]
    fn crlf_cr_and_lf_each_end_a_line() {
        check("data: a\r\n\r\ndata: b\r\n\r\n", &["message|a|none|", "message|b|none|"]);
        check("data: a\r\rdata: b\n\r", &["message|a|none|", "message|b|none|"]);
        check("data: a\r\ndata: b\rdata: c\n\n", &["message|a\nb\nc|none|"]);
    }

    #[test]
    fn a_byte_order_mark_is_dropped_at_the_start_only() {
        check("\u{feff}data: a\n\n", &["message|a|none|"]);
        check("\u{feff}\u{feff}data: a\n\n", &[]);
        check("data: a\n\n\u{feff}data: b\n\n", &["message|a|none|"]);
        check("\u{feff}\ndata: \u{feff}a\n\n", &["message|\u{feff}a|none|"]);
    }

    #[test]
    fn characters_may_be_split_between_chunks() {
        check("event: ü\ndata: 😀é\n\n", &["ü|😀é|none|"]);
        check(b"data: \xf0\x9f\x98\n\n", &["message|\u{fffd}|none|"]);
        check(b"data: \xf0\x9f\ndata: \x98\x80\n\n", &["message|\u{fffd}\n\u{fffd}\u{fffd}|none|"]);
    }

    #[test]
    fn line_06_an_event_without_data_is_dropped() {
        check("data\n\n", &["message||none|"]);
        check("data:\ndata:\n\n", &["message|\n|none|"]);
        check("event: x\n\n\n\ndata: a\n\n", &["message|a|none|"]);
    }

    #[test]
    fn an_id_is_the_last_event_id_of_later_events() {
        check("id: 1\ndata: a\n\ndata: b\n\n", &["message|a|1|1", "message|b|none|1"]);
        check("id: 1\n\ndata: b\n\n", &["message|b|none|1"]);
        check("id: 1\ndata: a\n\nid\ndata: b\n\n", &["message|a|1|1", "message|b||"]);
        check("id: 1\0\ndata: a\n\n", &["message|a|none|"]);
    }

    #[test]
    fn line_26_an_incomplete_event_changes_nothing() {
        check("id: 1\ndata: a\n\nid: 2\ndata: b\n", &["message|a|1|1"]);
        let mut decoder = Decoder::new();
        decoder.push(b"retry: 5\nid: 1\ndata: a\n\nretry: 6\nid: 2\ndata: b\n").unwrap();
        while decoder.pop().is_some() {}
        assert_eq!(decoder.last_event_id(), "1");
        assert_eq!(decoder.retry_after().unwrap().as_millis(), 5);
    }

    #[test]
    fn line_16_an_event_of_5_mb_arrives_whole() {
        let data = "x".repeat(5_000_000);
        let stream = format!("data: {data}\n\n");
        assert_eq!(decode(stream.as_bytes().chunks(16_384)), [format!("message|{data}|none|")]);
    }

    #[track_caller]
    fn check_too_large(stream: &[u8], events_before: usize) {
        for size in 1..stream.len() {
            let mut decoder = Decoder::with_max_event_bytes(10);
            assert!(stream.chunks(size).any(|chunk| decoder.push(chunk).is_err()));
            decoder.push(b"\n").unwrap_err();
            decoder.push(b"").unwrap_err();
            assert_eq!(std::iter::from_fn(|| decoder.pop()).count(), events_before);
        }
    }

    #[test]
    fn the_size_of_an_incomplete_event_is_limited() {
        check_too_large(b"data: 12345", 0);
        check_too_large(b"data: 1\n\ndata: 2\n\n: no line end", 2);
        check_too_large(b"data: 1\ndata: 2\ndata: 3\ndata: 4\n", 0);
        check_too_large(b"event: 1\nid: 123\ndata: 4\n", 0);
    }

    #[test]
    fn invalid_utf_8_counts_with_the_size_of_its_replacement() {
        for field in ["data", "event", "id", ""] {
            let line = [field.as_bytes(), b": \xff\xff\xff\xff\n"].concat();
            let replaced = field.len() + 2 + 4 * '\u{fffd}'.len_utf8();
            let mut decoder = Decoder::with_max_event_bytes(replaced - 1);
            assert!(decoder.push(&line).is_err() && decoder.pop().is_none(), "{field}");
            Decoder::with_max_event_bytes(replaced).push(&line).unwrap();
        }
    }

    #[test]
    fn keep_alives_and_complete_events_do_not_count_towards_the_limit() {
        let mut decoder = Decoder::with_max_event_bytes(10);
        for _ in 0..10 {
            decoder.push(b":\n: 45678\ndata: 1\n\nid: 1\n\n").unwrap();
        }
        assert_eq!(std::iter::from_fn(|| decoder.pop()).count(), 30);
    }
}
