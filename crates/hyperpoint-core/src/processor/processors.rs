//! The built processors of one endpoint.

use std::fmt;
use std::sync::Arc;

use super::post::PostProcessor;
use super::pre::PreProcessor;

/// The processors of one endpoint, in the order in which they run.
#[derive(Clone)]
pub struct Processors {
    /// The pre-processors, in the order host, groups, endpoint.
    pub pre: Arc<[Arc<dyn PreProcessor>]>,
    /// The post-processors, in the order endpoint, groups, host.
    pub post: Arc<[Arc<dyn PostProcessor>]>,
}

impl Processors {
    /// Returns whether there are no processors.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.pre.is_empty() && self.post.is_empty()
    }
}

impl fmt::Debug for Processors {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (pre, post) = (self.pre.len(), self.post.len());
        f.debug_struct("Processors").field("pre", &pre).field("post", &post).finish()
    }
}
