//! When a connection takes no more requests.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use hyperpoint_core::{StopRequested, Stopping};

use super::activity::Activity;

pin_project_lite::pin_project! {
    /// Ends when a connection is to take no more requests: when the host is asked to stop, or, on a
    /// connection that came after that, as soon as it has had one.
    #[project = LeavingProjected]
    pub(super) enum Leaving {
        WhenStopped { #[pin] stopping: StopRequested },
        AfterOne { activity: Arc<Activity> },
    }
}

impl Leaving {
    pub(super) fn new(stopping: &Stopping, activity: &Arc<Activity>) -> Self {
        match stopping.is_requested() {
            false => Self::WhenStopped { stopping: stopping.requested() },
            true => Self::AfterOne { activity: Arc::clone(activity) },
        }
    }
}

impl Future for Leaving {
    type Output = ();

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        match self.project() {
            LeavingProjected::WhenStopped { stopping } => stopping.poll(cx),
            // The connection is polled where a request comes and where one ends.
            LeavingProjected::AfterOne { activity } if activity.is_silent() => Poll::Pending,
            LeavingProjected::AfterOne { .. } => Poll::Ready(()),
        }
    }
}
