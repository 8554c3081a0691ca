//! Whether the identity behind a streaming answer was revoked meanwhile.

use std::sync::Arc;
use std::task::{Context, Waker};

use crate::clock::Bell;
use crate::identity::Revoked;

/// Watches the identity behind a streaming answer for the body of that answer. The future that asks
/// is polled when it wakes: each other look costs a flag.
pub(super) struct RevocationWatch {
    /// None once it has completed.
    revoked: Option<Revoked>,
    bell: Arc<Bell>,
    /// Who polls the body.
    waker: Option<Waker>,
}

impl RevocationWatch {
    pub(super) fn new(revoked: Revoked) -> Self {
        let bell = Arc::<Bell>::default();
        bell.ring();
        Self { revoked: Some(revoked), bell, waker: None }
    }

    /// Returns true once: when the identity was revoked. The task is woken for that.
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
