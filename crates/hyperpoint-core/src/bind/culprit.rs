//! Finds the field that caused a deserialization error without a path.

use serde::de::DeserializeOwned;
use serde_json::Error;

use super::read::read;
use super::values::Values;

/// Maximum total size of the input that is deserialized again to find the field, in bytes.
const REREAD_BYTES: usize = 256 * 1024;

/// Maximum number of fields that are left out in turn.
const MAX_TRIALS: usize = 64;

/// Returns the field that makes the deserialization of `T` fail.
///
/// Serde buffers the values of a flattened type before it deserializes them, so their errors have no
/// path. Each field is left out in turn until the error changes.
///
/// `None` if no single field causes the error, or if the request is too large to be deserialized
/// again for each field.
pub(super) fn culprit<T: DeserializeOwned>(values: &Values<'_>, error: &Error) -> Option<String> {
    let trials = MAX_TRIALS.min(REREAD_BYTES / values.len_bytes().max(1));
    if trials == 0 {
        return None;
    }
    let without = |names: &[&str]| {
        let error = values.without(names, |values| read::<T>(values).err());
        error.map(|error| unplaced(&error))
    };
    let names = values.names_to_try();
    let reason = unplaced(error);
    let mut found: Option<(&str, String)> = None;
    for name in names.iter().take(trials) {
        match without(&[name]) {
            None => return Some(name.clone()),
            Some(other) if other == reason => {}
            // Leaving out a required field changes the error as well. Of two such fields, the one
            // that causes the original error is deserialized later: otherwise its error would not
            // have been reached.
            Some(other) => {
                let is_earlier = found.as_ref().is_some_and(|(before, _)| {
                    without(&[before, name]).is_some_and(|both| both == other)
                });
                if !is_earlier {
                    found = Some((name, other));
                }
            }
        }
    }
    found.map(|(name, _)| name.to_owned())
}

/// Returns the text of an error without its position: serde deserializes buffered values after the
/// end of their object, so the position is misleading.
pub(super) fn unplaced(error: &Error) -> String {
    let text = error.to_string();
    let place = format!(" at line {} column {}", error.line(), error.column());
    text.strip_suffix(&place).map_or_else(|| text.clone(), str::to_owned)
}
