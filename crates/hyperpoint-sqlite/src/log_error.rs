//! The errors of the log, and their conversion to backplane errors.

use std::fmt;
use std::io;

use hyperpoint_topics::BackplaneError;
use hyperpoint_topics::backplane::BackplaneErrorKind;
use rusqlite::ErrorCode;

pub(crate) type Result<T> = std::result::Result<T, LogError>;

/// An error of the log.
#[derive(Debug)]
pub(crate) enum LogError {
    Sql(rusqlite::Error),
    Io(io::Error),
    /// Only the table with the newest event of each key is damaged.
    KeysDamaged,
    /// The log cannot be used. The text states the reason and, if there is one, the remedy.
    Refused(String),
}

impl LogError {
    /// Returns the error for a log whose files were replaced while it was open.
    pub(crate) fn replaced() -> Self {
        let text = "`topics.db` was replaced while the log was open; restart the process";
        Self::Refused(text.to_owned())
    }

    /// Converts an error of the table with the newest event of each key: damage becomes
    /// `KeysDamaged`.
    pub(crate) fn of_keys(self) -> Self {
        if self.is_damage() { Self::KeysDamaged } else { self }
    }

    /// Returns whether a write failed because the disk is full.
    pub(crate) fn is_disk_full(&self) -> bool {
        matches!(self, Self::Sql(error) if error.sqlite_error_code() == Some(ErrorCode::DiskFull))
    }

    /// Returns whether the database file is damaged: SQLite reports corruption, or a column has an
    /// invalid type or value.
    pub(crate) fn is_damage(&self) -> bool {
        use rusqlite::Error;
        match self {
            Self::Sql(Error::SqliteFailure(error, _)) => {
                matches!(error.code, ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase)
            }
            Self::Sql(
                Error::FromSqlConversionFailure(..)
                | Error::InvalidColumnType(..)
                | Error::IntegralValueOutOfRange(..)
                | Error::Utf8Error(..),
            )
            | Self::KeysDamaged => true,
            _ => false,
        }
    }

    /// Converts the error to a backplane error that names the operation `doing`.
    pub(crate) fn of_backplane(&self, doing: &'static str) -> BackplaneError {
        BackplaneError::new(doing, self.to_string()).of_kind(self.kind())
    }

    fn kind(&self) -> BackplaneErrorKind {
        match self {
            Self::Io(error) if error.kind() == io::ErrorKind::StorageFull => {
                BackplaneErrorKind::Full
            }
            error if error.is_disk_full() => BackplaneErrorKind::Full,
            Self::Refused(_) => BackplaneErrorKind::Damaged,
            error if error.is_damage() => BackplaneErrorKind::Damaged,
            _ => BackplaneErrorKind::Unavailable,
        }
    }
}

impl fmt::Display for LogError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Sql(error) if self.is_disk_full() => {
                write!(f, "the disk is full ({error}); free some space, and the log continues")
            }
            Self::KeysDamaged => f.write_str(
                "the table `newest`, with the newest event of each key, is damaged; \
                     the log rebuilds it",
            ),
            Self::Sql(_) if self.is_damage() => {
                write!(
                    f,
                    "`topics.db` is damaged; restore a backup, or move it away to begin a new log"
                )
            }
            Self::Sql(error) => error.fmt(f),
            Self::Io(error) => error.fmt(f),
            Self::Refused(text) => f.write_str(text),
        }
    }
}

impl From<rusqlite::Error> for LogError {
    fn from(error: rusqlite::Error) -> Self {
        Self::Sql(error)
    }
}

impl From<io::Error> for LogError {
    fn from(error: io::Error) -> Self {
        Self::Io(error)
    }
}

impl From<LogError> for io::Error {
    fn from(error: LogError) -> Self {
        match error {
            LogError::Io(error) => error,
            error => Self::other(error.to_string()),
        }
    }
}
