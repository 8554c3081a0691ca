//! One answer of a model, in progress.

use futures_util::StreamExt;
use hyperpoint::http::StatusCode;
use hyperpoint::prelude::*;
use tracing::info;

use super::language_model::{Model, Words};
use super::prompt::Prompt;

/// An answer in progress. Dropping it stops the model.
pub struct Generation {
    model: String,
    words: Words,
    max_tokens: u32,
    usage: Usage,
    ending: Option<Ending>,
}

/// Why an answer ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ending {
    /// The model had said everything.
    Complete,
    /// The answer reached its maximum number of tokens.
    Length,
}

/// The number of tokens of a prompt and of its answer.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Usage {
    /// Tokens of the prompt.
    pub input: u32,
    /// Tokens of the answer.
    pub output: u32,
}

/// A whole answer.
pub struct Answer {
    /// The text.
    pub text: String,
    /// Why it ended.
    pub ending: Ending,
    /// Its tokens.
    pub usage: Usage,
}

impl Usage {
    /// Returns the sum.
    #[must_use]
    pub fn total(self) -> u32 {
        self.input + self.output
    }
}

impl Generation {
    /// Starts an answer.
    ///
    /// # Errors
    ///
    /// A 404 with the code `model_not_found` if the model has another name.
    pub fn start(model: &dyn Model, prompt: &Prompt) -> Result<Self> {
        if !model.names().contains(&prompt.model.as_str()) {
            let known = model.names().join(", ");
            let reason =
                format!("the model `{}` does not exist; this server has {known}", prompt.model);
            return Err(Problem::new(StatusCode::NOT_FOUND)
                .detail(reason.clone())
                .error_with_code("model", "model_not_found", reason));
        }
        let words = prompt.turns.iter().map(|turn| turn.text.split_whitespace().count());
        let input = u32::try_from(words.sum::<usize>()).unwrap_or(u32::MAX);
        Ok(Self {
            model: prompt.model.clone(),
            words: model.generate(prompt),
            max_tokens: prompt.max_tokens.unwrap_or(u32::MAX),
            usage: Usage { input, output: 0 },
            ending: None,
        })
    }

    /// Returns the name of the model.
    #[must_use]
    pub fn model(&self) -> &str {
        &self.model
    }

    /// Returns the next word, or `None` after the last one.
    ///
    /// # Errors
    ///
    /// Returns the error of the model.
    pub async fn next(&mut self) -> Result<Option<String>> {
        if self.ending.is_none() && self.usage.output >= self.max_tokens {
            self.ending = Some(Ending::Length);
        }
        if self.ending.is_some() {
            return Ok(None);
        }
        let word = self.words.next().await.transpose()?;
        match word {
            Some(_) => self.usage.output += 1,
            None => self.ending = Some(Ending::Complete),
        }
        Ok(word)
    }

    /// Returns why the answer ended.
    #[must_use]
    pub fn ending(&self) -> Ending {
        self.ending.unwrap_or(Ending::Complete)
    }

    /// Returns the tokens so far.
    #[must_use]
    pub fn usage(&self) -> Usage {
        self.usage
    }

    /// Generates the rest, and returns the whole answer.
    ///
    /// # Errors
    ///
    /// Returns the error of the model.
    pub async fn all(mut self) -> Result<Answer> {
        let mut text = String::new();
        while let Some(word) = self.next().await? {
            text.push_str(&word);
        }
        Ok(Answer { text, ending: self.ending(), usage: self.usage })
    }
}

impl Drop for Generation {
    fn drop(&mut self) {
        let (model, words) = (&self.model, self.usage.output);
        match self.ending {
            Some(Ending::Complete) => info!("{model} generated all {words} words"),
            Some(Ending::Length) => info!("{model} stopped at the limit of {words} words"),
            None => info!("{model} stopped after {words} words: the client left, or it failed"),
        }
    }
}
