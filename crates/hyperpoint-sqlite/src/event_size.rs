//! The sizes of events, which count against limits in bytes.

use hyperpoint_topics::backplane::Draft;

/// Approximate size of an event without its strings, in bytes.
pub(crate) const ROW_BYTES: usize = 64;

/// Returns the size of an event in bytes, which counts against the limits of pages and
/// transactions.
pub(crate) fn size(draft: &Draft) -> usize {
    let optional = |text: &Option<String>| text.as_ref().map_or(0, String::len);
    let texts = optional(&draft.key) + optional(&draft.once) + draft.data.len();
    ROW_BYTES + draft.topic.len() + texts
}
