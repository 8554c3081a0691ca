//! The ends of connections, as their tasks report them.

use std::collections::VecDeque;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, ready};

use tokio::sync::Notify;

/// Identifies an open connection of a host. Reused after the connection has ended.
pub(super) type ConnectionId = usize;

/// The end of a connection, and the reason as a label of metrics.
pub(super) type End = (ConnectionId, &'static str);

/// The queue of the ends of connections that were reported and not taken yet. A `JoinSet` would
/// need 64 bytes for each open connection.
#[derive(Debug, Default)]
pub(super) struct Ended {
    ends: Mutex<VecDeque<End>>,
    news: Notify,
}

impl Ended {
    /// Waits for the end of a connection, and takes it from the queue.
    ///
    /// # Cancel safety
    ///
    /// Cancel safe: an end is returned without a further await once it was taken.
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
            // Frees the capacity that many ends at once have needed.
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
    /// A future that serves a connection and reports the end of the connection, even if it panics
    /// or is dropped. The end is reported after the future of the connection was dropped.
    pub(super) struct Reported<F> {
        #[pin]
        serve: Option<F>,
        id: ConnectionId,
        // The queue for the end, or `None` after the end was reported.
        ended: Option<Arc<Ended>>,
    }

    impl<F> PinnedDrop for Reported<F> {
        fn drop(this: Pin<&mut Self>) {
            let mut this = this.project();
            let report = this.ended.take().map(|ended| Report { ended, end: (*this.id, "panicked") });
            this.serve.set(None);
            drop(report);
        }
    }
}

impl<F> Reported<F> {
    pub(super) fn new(serve: F, id: ConnectionId, ended: &Arc<Ended>) -> Self {
        Self { serve: Some(serve), id, ended: Some(Arc::clone(ended)) }
    }
}

impl<F: Future<Output = &'static str>> Future for Reported<F> {
    type Output = ();

    #[inline]
    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let mut this = self.project();
        let Some(serve) = this.serve.as_mut().as_pin_mut() else {
            return Poll::Ready(());
        };
        let why = ready!(serve.poll(cx));
        let report = this.ended.take().map(|ended| Report { ended, end: (*this.id, why) });
        this.serve.set(None);
        drop(report);
        Poll::Ready(())
    }
}

/// A guard that reports the end of a connection when it is dropped. Created before the future of
/// the connection is dropped, so that a panic of the future's destructor does not lose the end.
struct Report {
    ended: Arc<Ended>,
    end: End,
}

impl Drop for Report {
    fn drop(&mut self) {
        self.ended.report(self.end);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The future of a connection, which ends or panics at its first poll.
    struct Serving {
        ended: Arc<Ended>,
        panics: bool,
        drops: Arc<Mutex<Vec<Option<End>>>>,
    }

    impl Future for Serving {
        type Output = &'static str;

        fn poll(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<&'static str> {
            match self.panics {
                true => panic!("a connection that panics"),
                false => Poll::Ready("closed"),
            }
        }
    }

    impl Drop for Serving {
        fn drop(&mut self) {
            self.drops.lock().unwrap().push(self.ended.take());
        }
    }

    #[tokio::test]
    async fn an_end_is_reported_after_the_future_of_the_connection_was_dropped() {
        let (ended, drops) = (Arc::<Ended>::default(), Arc::<Mutex<Vec<_>>>::default());
        for (id, panics, why) in [(3, false, "closed"), (4, true, "panicked")] {
            let (ended_of, drops) = (Arc::clone(&ended), Arc::clone(&drops));
            let serving = Serving { ended: ended_of, panics, drops };
            let _ = tokio::spawn(Reported::new(serving, id, &ended)).await;
            assert_eq!(ended.take(), Some((id, why)));
        }
        assert_eq!(*drops.lock().unwrap(), [None, None]);
    }
}
