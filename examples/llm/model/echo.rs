//! The model of this example.

use std::time::Duration;

use hyperpoint::prelude::*;
use tokio::time::sleep;

use super::language_model::{Model, Words};
use super::prompt::Prompt;

const NAMES: [&str; 1] = ["echo-1"];

/// Says what it is, and repeats the question, at the speed of a language model.
#[derive(Debug)]
pub struct Echo {
    /// The time that each word takes.
    pace: Duration,
}

impl Echo {
    /// Creates a model that takes this long for a word.
    #[must_use]
    pub fn with_pace(pace: Duration) -> Self {
        Self { pace }
    }
}

/// 60 ms a word.
impl Default for Echo {
    fn default() -> Self {
        Self::with_pace(Duration::from_millis(60))
    }
}

impl Model for Echo {
    fn names(&self) -> &[&'static str] {
        &NAMES
    }

    fn generate(&self, prompt: &Prompt) -> Words {
        let (text, pace) = (answer(prompt), self.pace);
        Box::pin(try_stream! {
            for word in text.split_inclusive(' ') {
                sleep(pace).await;
                yield word.to_owned();
            }
        })
    }
}

fn answer(prompt: &Prompt) -> String {
    format!(
        "I am echo-1, a few lines of Rust and no language model: I know nothing, and repeat what you \
         write. This is turn {} of our conversation. You wrote: {}",
        prompt.turns.len(),
        prompt.question(),
    )
}
