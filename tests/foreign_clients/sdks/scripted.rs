//! A model that does what the prompt says.

use std::io;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use example_llm::model::{Model, Prompt, Words};
use hyperpoint::prelude::*;
use tokio::sync::Notify;
use tokio::time::sleep;

/// Time between the words of an answer that never ends.
const PACE: Duration = Duration::from_millis(10);

/// Time before a failure. Node's `fetch` drops what it has received and the program has not read when the
/// connection is cut.
const BEFORE_FAILURE: Duration = Duration::from_millis(200);

/// The model, and how many of its generators run.
#[derive(Default)]
pub(super) struct Scripted {
    running: Arc<AtomicUsize>,
    /// A prompt asked for a stop of the server.
    pub(super) stop: Arc<Notify>,
}

/// Counts a generator while it exists.
struct Counted(Arc<AtomicUsize>);

impl Counted {
    fn new(running: &Arc<AtomicUsize>) -> Self {
        running.fetch_add(1, Ordering::SeqCst);
        Self(Arc::clone(running))
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::SeqCst);
    }
}

impl Scripted {
    pub(super) fn running(&self) -> usize {
        self.running.load(Ordering::SeqCst)
    }

    /// Returns the words that a prompt asks for.
    pub(super) fn words(&self, prompt: &str) -> Words {
        let (prompt, stop) = (prompt.to_owned(), Arc::clone(&self.stop));
        let counted = Counted::new(&self.running);
        Box::pin(try_stream! {
            let _counted = counted;
            let text = prompt.strip_prefix("say ").unwrap_or("good morning");
            for word in text.split_inclusive(' ') {
                yield word.to_owned();
            }
            if matches!(prompt.as_str(), "fail" | "panic") {
                sleep(BEFORE_FAILURE).await;
            }
            match prompt.as_str() {
                "fail" => Err(io::Error::other("the cable of row 7 is broken"))?,
                "panic" => panic!("as the prompt says"),
                "stop the server" => stop.notify_one(),
                _ => (),
            }
            while matches!(prompt.as_str(), "never end" | "stop the server") {
                sleep(PACE).await;
                yield "on ".to_owned();
            }
        })
    }
}

impl Model for Scripted {
    fn names(&self) -> &[&'static str] {
        &["scripted"]
    }

    fn generate(&self, prompt: &Prompt) -> Words {
        self.words(prompt.question())
    }
}
