//! The error type of backplane operations.

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
    kind: BackplaneErrorKind,
}

/// The kind of a [`BackplaneError`], for metrics.
///
/// # Examples
///
/// ```
/// use hyperpoint::topics::backplane::BackplaneErrorKind;
///
/// assert_eq!(BackplaneErrorKind::Full.as_str(), "full");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum BackplaneErrorKind {
    /// The backplane is unavailable, or failed for a reason that no other kind describes.
    Unavailable,
    /// The backplane has no space left.
    Full,
    /// The log is damaged, or was replaced while it was open.
    Damaged,
    /// The event is larger than the backplane accepts.
    TooLarge,
}

impl BackplaneErrorKind {
    /// Returns the label of the kind in metrics.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Unavailable => "unavailable",
            Self::Full => "full",
            Self::Damaged => "damaged",
            Self::TooLarge => "too_large",
        }
    }
}

impl BackplaneError {
    /// Creates an error of an operation that may be retried. `doing` names the operation, as a
    /// fragment that reads after "failed to"; `source` is the reason.
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
        Self { doing, source: source.into(), kind: BackplaneErrorKind::Unavailable }
    }

    /// Creates the error for an event that is larger than the backplane accepts. A retry fails
    /// again.
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
        Self::new(doing, source).of_kind(BackplaneErrorKind::TooLarge)
    }

    /// Sets the kind of the error. Default: [`Unavailable`](BackplaneErrorKind::Unavailable), or
    /// [`TooLarge`](BackplaneErrorKind::TooLarge) for an error of [`too_large`](Self::too_large).
    ///
    /// # Examples
    ///
    /// ```
    /// use hyperpoint::topics::BackplaneError;
    /// use hyperpoint::topics::backplane::BackplaneErrorKind;
    ///
    /// let error = BackplaneError::new("store an event", "no space left on device");
    /// let error = error.of_kind(BackplaneErrorKind::Full);
    /// assert_eq!(error.kind(), BackplaneErrorKind::Full);
    /// ```
    #[must_use]
    pub fn of_kind(self, kind: BackplaneErrorKind) -> Self {
        Self { kind, ..self }
    }

    /// Returns the kind of the error.
    #[must_use]
    pub fn kind(&self) -> BackplaneErrorKind {
        self.kind
    }

    /// Returns whether the event is larger than the backplane accepts.
    #[must_use]
    pub fn is_too_large(&self) -> bool {
        self.kind == BackplaneErrorKind::TooLarge
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
