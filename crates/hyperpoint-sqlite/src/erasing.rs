//! Owns a deletion that is under way.

use hyperpoint_topics::backplane::Deletion;

/// A deletion, and what was done of it.
#[derive(Debug)]
pub(crate) struct Erasing {
    pub(crate) topic: String,
    pub(crate) which: Deletion,
    /// The block to go on with.
    pub(crate) block: u64,
    pub(crate) erased: u64,
}

impl Erasing {
    pub(crate) fn new(topic: String, which: Deletion) -> Self {
        Self { topic, which, block: 0, erased: 0 }
    }
}
