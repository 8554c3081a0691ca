//! Which field is at fault, where serde does not say so.

use serde::de::DeserializeOwned;
use serde_json::Error;

use super::read::read;
use super::values::Values;

/// Maximum number of bytes that are read once more to find the field.
const REREAD_BYTES: usize = 256 * 1024;

/// Maximum number of fields that are tried.
const MAX_TRIALS: usize = 64;

/// The field that `T` can't be read for. Serde keeps the values of a flattened type before it reads
/// them, so that their errors have no path: each field is left out in turn, until the error is
/// another one.
///
/// `None` if no single field is at fault, or the request is too large to be read that often.
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
            // A field that is needed shows that it was left out. Of two such fields, the one at
            // fault is looked at later: otherwise its fault would not have been met.
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

/// The error without its position: what serde kept is read after the end of its object.
pub(super) fn unplaced(error: &Error) -> String {
    let text = error.to_string();
    let place = format!(" at line {} column {}", error.line(), error.column());
    text.strip_suffix(&place).map_or_else(|| text.clone(), str::to_owned)
}
