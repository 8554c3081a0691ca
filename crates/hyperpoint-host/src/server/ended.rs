//! The ends of connections, as their tasks report them.

use std::collections::VecDeque;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, ready};

use tokio::sync::Notify;

/// Identifies an open connection among those of a host. The id of a connection that has ended is used again.
pub(super) type ConnectionId = usize;

/// The end of a connection, and the reason as a label of metrics.
pub(super) type End = (ConnectionId, &'static str);

/// The queue of connections that have ended and were not taken yet. A `JoinSet` would need 64 bytes
/// for each open connection.
#[derive(Debug, Default)]
pub(super) struct Ended {
    ends: Mutex<VecDeque<End>>,
    news: Notify,
}

impl Ended {
    /// Waits until a connection has ended.
    ///
    /// # Cancel safety
    ///
    /// Cancel safe: an end is taken without a further await.
    pub(super) async fn next(&self) -> End {
        loop {
            if let Some(end) = self.take() {
                return end;
            }
            self.news.notified().await;
        }
    }

    fn take(&self) -> Option<End> {
        let mut ends = self.lock();
        let end = ends.pop_front();
        if ends.is_empty() {
            // Frees the memory after many ends at once.
            *ends = VecDeque::new();
        }
        end
    }

    fn report(&self, end: End) {
        self.lock().push_back(end);
        self.news.notify_one();
    }

    fn lock(&self) -> MutexGuard<'_, VecDeque<End>> {
        self.ends.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

pin_project_lite::pin_project! {
    /// A future that serves a connection and reports its end, also after a panic.
    pub(super) struct Reported<F> {
        #[pin]
        serve: F,
        id: ConnectionId,
        // The queue for the end, or `None` after the end was reported.
        ended: Option<Arc<Ended>>,
    }

    impl<F> PinnedDrop for Reported<F> {
        fn drop(this: Pin<&mut Self>) {
            let this = this.project();
            if let Some(ended) = this.ended.take() {
                ended.report((*this.id, "panicked"));
            }
        }
    }
}

impl<F> Reported<F> {
    pub(super) fn new(serve: F, id: ConnectionId, ended: &Arc<Ended>) -> Self {
        Self { serve, id, ended: Some(Arc::clone(ended)) }
    }
}

impl<F: Future<Output = &'static str>> Future for Reported<F> {
    type Output = ();

    #[inline]
    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let this = self.project();
        let why = ready!(this.serve.poll(cx));
        if let Some(ended) = this.ended.take() {
            ended.report((*this.id, why));
        }
        Poll::Ready(())
    }
}
