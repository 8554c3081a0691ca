//! Why an engine did not do what it was asked for.

use std::error::Error;
use std::fmt;

/// An engine did not do what it was asked for: it is away, or it refused.
#[derive(Debug)]
pub struct BackplaneError {
    doing: &'static str,
    source: Box<dyn Error + Send + Sync>,
    is_too_large: bool,
}

impl BackplaneError {
    /// What was to be done, as a fragment that reads after "failed to", and why it was not. It may
    /// be tried again.
    pub fn new(doing: &'static str, source: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self { doing, source: source.into(), is_too_large: false }
    }

    /// The same for an event that is larger than the engine takes, which will be so each time.
    pub fn too_large(doing: &'static str, source: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self { is_too_large: true, ..Self::new(doing, source) }
    }

    /// Whether the event is larger than the engine takes.
    #[must_use]
    pub fn is_too_large(&self) -> bool {
        self.is_too_large
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
