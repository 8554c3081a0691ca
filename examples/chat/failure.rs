//! The error that ends the program, and how it is printed.

use std::error::Error;

/// The error that ends the program.
pub(crate) type Failure = Box<dyn Error + Send + Sync>;

/// Formats an error with its sources.
pub(crate) fn with_sources(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(error) = source {
        text = format!("{text}: {error}");
        source = error.source();
    }
    text
}
