//! Owns what all topics of one process share: the log, and the engine behind it if there is one.

use std::sync::Arc;

use crate::backplane::Backplane;
use crate::limits::TopicLimits;
use crate::log::Hub;

/// What all topics of one process share.
#[derive(Debug)]
pub(crate) struct Node {
    pub(crate) hub: Hub,
    pub(crate) limits: TopicLimits,
    pub(crate) max_event_bytes: usize,
    pub(crate) backplane: Option<Arc<dyn Backplane>>,
}
