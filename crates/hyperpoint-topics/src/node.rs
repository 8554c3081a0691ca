//! Owns what all topics of one process share: the log, and the engine behind it if there is one.

use std::sync::{Arc, Mutex, PoisonError};

use tokio::task::JoinHandle;

use crate::backplane::Backplane;
use crate::history::History;
use crate::log::Hub;

/// What all topics of one process share.
#[derive(Debug)]
pub(crate) struct Node {
    pub(crate) hub: Hub,
    pub(crate) max_event_bytes: usize,
    pub(crate) backplane: Option<Arc<dyn Backplane>>,
    /// What was read from the engine behind the log.
    pub(crate) history: History,
    /// The task that follows the engine.
    pub(crate) follower: Mutex<Option<JoinHandle<()>>>,
}

impl Drop for Node {
    fn drop(&mut self) {
        let follower = self.follower.get_mut().unwrap_or_else(PoisonError::into_inner);
        if let Some(task) = follower.take() {
            task.abort();
        }
    }
}
