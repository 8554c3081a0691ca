//! Detection of revoked identities during streamed responses.

use std::sync::Arc;
use std::task::{Context, Waker};

use crate::clock::Bell;
use crate::identity::Revoked;

/// Checks the identity of a streamed response for its body. The future of the check is polled only
/// when it was woken; otherwise a check costs one load of a flag.
pub(super) struct RevocationWatch {
    /// The future that completes on revocation, or `None` after it has.
    revoked: Option<Revoked>,
    bell: Arc<Bell>,
    /// The waker of the task that polls the body.
    waker: Option<Waker>,
}

impl RevocationWatch {
    /// Creates the watch. The future is polled at the first check.
    pub(super) fn new(revoked: Revoked) -> Self {
        let bell = Arc::<Bell>::default();
        bell.ring();
        Self { revoked: Some(revoked), bell, waker: None }
    }

    /// Returns `true` once, when the identity was revoked. Otherwise registers the task to be woken
    /// for that.
    pub(super) fn poll_revoked(&mut self, cx: &mut Context<'_>) -> bool {
        if !self.waker.as_ref().is_some_and(|waker| waker.will_wake(cx.waker())) {
            self.bell.listen(cx.waker());
            self.waker = Some(cx.waker().clone());
        }
        self.bell.take_ring() && self.poll_woken()
    }

    fn poll_woken(&mut self) -> bool {
        let waker = Waker::from(Arc::clone(&self.bell));
        let mut cx = Context::from_waker(&waker);
        let is_revoked =
            self.revoked.as_mut().is_some_and(|revoked| revoked.as_mut().poll(&mut cx).is_ready());
        if is_revoked {
            self.revoked = None;
        }
        is_revoked
    }
}

impl Drop for RevocationWatch {
    fn drop(&mut self) {
        self.bell.silence();
    }
}
