//! Search for the field that caused a deserialization error whose path is unknown.

use serde::de::DeserializeOwned;
use serde_json::Error;

use super::read::read;
use super::values::Values;

/// Maximum product of the number of trials and the size of the query and the body, in bytes.
const REREAD_BYTES: usize = 256 * 1024;

/// Maximum number of trials. A trial deserializes the request without one field and, if the error
/// changes, possibly once more without two fields.
const MAX_TRIALS: usize = 64;

/// Returns the name of the field that makes the deserialization of `T` fail.
///
/// Serde buffers the values of a flattened type before it deserializes them, so their errors have
/// no path. To find the field, the request is deserialized without each field in turn, and the
/// errors are compared.
///
/// Returns `None` if no single field is found, or if the request is too large to be deserialized
/// again. Only as many fields are tried as the limits allow.
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
            // Leaving out a required field that serde deserializes before the faulty field changes
            // the error as well. Of two fields whose omission changes the error, the one that serde
            // deserializes later is therefore the faulty field.
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

/// Returns the text of an error without its line and column: serde deserializes buffered values
/// after the end of their object, so the position is misleading.
pub(super) fn unplaced(error: &Error) -> String {
    let text = error.to_string();
    let place = format!(" at line {} column {}", error.line(), error.column());
    text.strip_suffix(&place).map_or_else(|| text.clone(), str::to_owned)
}
