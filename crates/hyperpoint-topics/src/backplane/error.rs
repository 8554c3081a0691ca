//! Why an engine did not do what it was asked for.

use std::error::Error;
use std::fmt;

/// An engine did not do what it was asked for: it is away, or it refused.
#[derive(Debug)]
pub struct BackplaneError {
    doing: &'static str,
    source: Box<dyn Error + Send + Sync>,
}

impl BackplaneError {
    /// What was to be done, as a fragment that reads after "failed to", and why it was not.
    pub fn new(doing: &'static str, source: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self { doing, source: source.into() }
    }
}

impl fmt::Display for BackplaneError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.doing)
    }
}

impl Error for BackplaneError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        Some(&*self.source)
    }
}
