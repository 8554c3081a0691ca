//! The log of a test's own thread.

use std::io::Write;
use std::sync::{Arc, Mutex, OnceLock};

use tracing::subscriber::{DefaultGuard, NoSubscriber};
use tracing::{Dispatch, Level};
use tracing_subscriber::fmt::MakeWriter;

/// Captures the log of this thread until it is dropped.
pub(crate) struct Captured {
    text: Text,
    _guard: DefaultGuard,
}

#[derive(Clone, Default)]
struct Text(Arc<Mutex<Vec<u8>>>);

impl Captured {
    /// Captures the log at `info` and above.
    pub(crate) fn new() -> Self {
        Self::at(Level::INFO)
    }

    /// Captures the log at this level and above.
    pub(crate) fn at(level: Level) -> Self {
        // With a single subscriber in the process, a place in the code that another thread reaches first would
        // be disabled for this one.
        static SECOND: OnceLock<Dispatch> = OnceLock::new();
        SECOND.get_or_init(|| Dispatch::new(NoSubscriber::default()));
        let text = Text::default();
        let subscriber = tracing_subscriber::fmt().without_time().with_ansi(false);
        let subscriber = subscriber.with_max_level(level);
        let subscriber = subscriber.with_writer(text.clone()).finish();
        Self { text, _guard: tracing::subscriber::set_default(subscriber) }
    }

    /// Returns the lines so far that contain this text.
    pub(crate) fn lines_with(&self, part: &str) -> Vec<String> {
        let text = String::from_utf8(self.text.0.lock().unwrap().clone()).unwrap();
        text.lines().filter(|line| line.contains(part)).map(str::to_owned).collect()
    }

    /// Returns how many lines so far contain this text.
    pub(super) fn count(&self, text: &str) -> usize {
        let log = String::from_utf8(self.text.0.lock().unwrap().clone()).unwrap();
        log.lines().filter(|line| line.contains(text)).count()
    }

    /// Returns the lines so far, with trace and span ids, which differ between requests, as `T` and
    /// `S`.
    pub(super) fn text(&self) -> String {
        let text = String::from_utf8(self.text.0.lock().unwrap().clone()).unwrap();
        text.lines().filter(|line| line.contains("hyperpoint::") || line.contains("it::")).fold(
            String::new(),
            |text, line| {
                let line = masked(line, " trace_id=\"", 'T');
                text + masked(&line, " span_id=\"", 'S').trim() + "\n"
            },
        )
    }
}

fn masked(line: &str, before: &str, mask: char) -> String {
    let Some((start, rest)) = line.split_once(before) else {
        return line.to_owned();
    };
    let (_, end) = rest.split_once('"').unwrap();
    format!("{start}{before}{mask}\"{end}")
}

impl Write for Text {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

impl MakeWriter<'_> for Text {
    type Writer = Self;

    fn make_writer(&self) -> Self {
        self.clone()
    }
}
