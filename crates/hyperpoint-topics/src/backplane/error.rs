//! Owns the error of a backplane.

use std::error::Error;
use std::fmt;

/// The error of a backplane operation: the backplane is unavailable, or it rejected the request.
///
/// # Examples
///
/// ```
/// use std::error::Error;
///
/// use hyperpoint::topics::BackplaneError;
///
/// let error = BackplaneError::new("connect to the log", "connection refused");
/// assert_eq!(error.to_string(), "connect to the log");
/// assert_eq!(error.source().unwrap().to_string(), "connection refused");
/// assert!(!error.is_too_large());
/// ```
#[derive(Debug)]
pub struct BackplaneError {
    doing: &'static str,
    source: Box<dyn Error + Send + Sync>,
    is_too_large: bool,
}

impl BackplaneError {
    /// Creates an error of an operation that may be retried. `doing` names the operation, as a fragment
    /// that reads after "failed to"; `source` is the reason.
    ///
    /// # Examples
    ///
    /// ```
    /// use hyperpoint::topics::BackplaneError;
    ///
    /// let error = BackplaneError::new("store an event", "no space left on device");
    /// assert_eq!(error.to_string(), "store an event");
    /// ```
    pub fn new(doing: &'static str, source: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self { doing, source: source.into(), is_too_large: false }
    }

    /// Creates the error for an event that is larger than the backplane accepts. A retry fails again.
    ///
    /// # Examples
    ///
    /// ```
    /// use hyperpoint::topics::BackplaneError;
    ///
    /// let error = BackplaneError::too_large("store an event", "1.5 MB of at most 1 MB");
    /// assert!(error.is_too_large());
    /// ```
    pub fn too_large(doing: &'static str, source: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self { is_too_large: true, ..Self::new(doing, source) }
    }

    /// Returns whether the event is larger than the backplane accepts.
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
