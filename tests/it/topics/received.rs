//! What a reader in the process received.

use hyperpoint::Gap;
use hyperpoint::topics::Received;

/// Returns the data of an event, or else what was received.
pub(super) fn event<T>(received: Received<T>) -> Result<T, Received<T>> {
    match received {
        Received::Event { data, .. } => Ok(data),
        other => Err(other),
    }
}

/// Returns a gap, or else what was received.
pub(super) fn gap<T>(received: Received<T>) -> Result<Gap, Received<T>> {
    match received {
        Received::Gap(gap) => Ok(gap),
        other => Err(other),
    }
}
