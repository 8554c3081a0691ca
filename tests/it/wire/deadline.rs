//! Waits with a deadline.

use std::time::Duration;

/// Longer than any response of a test takes, also on a busy machine.
const DEADLINE: Duration = Duration::from_secs(20);

/// Returns the output of the future, or fails the test at the deadline.
#[track_caller]
pub(crate) fn within<F: Future>(future: F) -> impl Future<Output = F::Output> {
    let caller = std::panic::Location::caller();
    async move {
        let result = tokio::time::timeout(DEADLINE, future).await;
        assert!(result.is_ok(), "{caller}: no result before the deadline");
        result.unwrap()
    }
}

/// Waits until the condition holds, and checks it again after other tasks have run.
#[track_caller]
pub(crate) fn eventually(mut holds: impl FnMut() -> bool) -> impl Future<Output = ()> {
    within(async move {
        while !holds() {
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
    })
}
