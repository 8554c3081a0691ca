//! Why the program ends, and how that is told.

use std::error::Error;

/// Why the program ends.
pub(crate) type Failure = Box<dyn Error + Send + Sync>;

/// An error with what is behind it.
pub(crate) fn told(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(error) = source {
        text = format!("{text}: {error}");
        source = error.source();
    }
    text
}
