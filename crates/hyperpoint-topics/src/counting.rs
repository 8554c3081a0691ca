//! The background task that reports the counts of a backplane's log to the meter.

use std::sync::{Arc, PoisonError, Weak};
use std::time::Duration;

use tokio::runtime::Handle;

use crate::node::Node;

/// Interval between two reports.
const INTERVAL: Duration = Duration::from_secs(5);

/// Starts the task that reports the counts of the log, if the node has a backplane and a meter, and
/// the task is not running yet. The task runs in the Tokio runtime of the caller, or in the runtime
/// in which the node follows its backplane. Without either, the task is started with the follower.
pub(crate) fn count_log(node: &Arc<Node>) {
    let is_counted = node.backplane.is_some() && node.meter.get().is_some();
    let runtime = || Handle::try_current().ok().or_else(|| runtime_of_follower(node));
    let Some(runtime) = is_counted.then(runtime).flatten() else {
        return;
    };
    let mut counting = node.counting.lock().unwrap_or_else(PoisonError::into_inner);
    if counting.as_ref().is_none_or(tokio::task::JoinHandle::is_finished) {
        *counting = Some(runtime.spawn(run(Arc::downgrade(node))));
    }
}

/// Returns the runtime in which the node follows its backplane, or `None` if it does not follow it.
fn runtime_of_follower(node: &Node) -> Option<Handle> {
    let follower = node.follower.lock().unwrap_or_else(PoisonError::into_inner);
    follower.as_ref().map(|follower| follower.runtime.clone())
}

/// Reports the counts of the log periodically, until the node is dropped.
async fn run(node: Weak<Node>) {
    while count(&node).await.is_some() {
        tokio::time::sleep(INTERVAL).await;
    }
}

/// Reads the counts of the log once, and reports them to the meter. Returns `None` if the node was
/// dropped.
async fn count(node: &Weak<Node>) -> Option<()> {
    let backplane = node.upgrade()?.backplane.clone()?;
    let counts = backplane.counts().await;
    drop(backplane);
    let node = node.upgrade()?;
    match counts {
        Ok(counts) => {
            let received = node.hub.position().map(|position| position.sequence);
            let lag =
                counts.last.zip(received).map(|(last, received)| last.saturating_sub(received));
            node.meter.get()?.measured(&counts, lag);
        }
        Err(error) => {
            node.failed(&error);
            let source = std::error::Error::source(&error).map(ToString::to_string);
            tracing::debug!(
                %error,
                source,
                "cannot read the counts of the backplane's log; retrying"
            );
        }
    }
    Some(())
}
