//! Waits that end.

use std::time::Duration;

/// More than any answer of a test needs, also on a busy machine.
const DEADLINE: Duration = Duration::from_secs(20);

/// What the future gives, or a failed test.
#[track_caller]
pub(crate) fn within<F: Future>(future: F) -> impl Future<Output = F::Output> {
    let caller = std::panic::Location::caller();
    async move {
        let result = tokio::time::timeout(DEADLINE, future).await;
        assert!(result.is_ok(), "{caller}: nothing came");
        result.unwrap()
    }
}

/// Waits until the condition holds. It is asked again after other tasks had their turn.
#[track_caller]
pub(crate) fn eventually(mut holds: impl FnMut() -> bool) -> impl Future<Output = ()> {
    within(async move {
        while !holds() {
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
    })
}
