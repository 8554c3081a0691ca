//! A future that ends a response body early.

use std::fmt;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Waker};

use super::bell::Bell;

/// A future that completes when a response body is to end early, for instance because an identity
/// was revoked.
pub type EndFuture = Pin<Box<dyn Future<Output = ()> + Send>>;

/// Watches for the early end of a response body. The future is polled only when it was woken;
/// otherwise a check costs one load of a flag.
pub struct EndWatch {
    /// The future, or `None` after it has completed.
    future: Option<EndFuture>,
    bell: Arc<Bell>,
    /// The waker of the task that polls the body.
    waker: Option<Waker>,
}

impl EndWatch {
    /// Creates the watch. The future is polled at the first check.
    #[must_use]
    pub fn new(future: EndFuture) -> Self {
        let bell = Arc::<Bell>::default();
        bell.ring();
        Self { future: Some(future), bell, waker: None }
    }

    /// Returns `true` once, when the future has completed. Otherwise registers the task to be woken
    /// when it completes.
    pub fn poll_end(&mut self, cx: &mut Context<'_>) -> bool {
        if !self.waker.as_ref().is_some_and(|waker| waker.will_wake(cx.waker())) {
            self.bell.listen(cx.waker());
            self.waker = Some(cx.waker().clone());
        }
        self.bell.take_ring() && self.poll_woken()
    }

    fn poll_woken(&mut self) -> bool {
        let waker = Waker::from(Arc::clone(&self.bell));
        let mut cx = Context::from_waker(&waker);
        let has_ended =
            self.future.as_mut().is_some_and(|future| future.as_mut().poll(&mut cx).is_ready());
        if has_ended {
            self.future = None;
        }
        has_ended
    }
}

impl Drop for EndWatch {
    fn drop(&mut self) {
        self.bell.silence();
    }
}

impl fmt::Debug for EndWatch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("EndWatch").finish_non_exhaustive()
    }
}
