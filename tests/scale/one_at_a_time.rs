//! Runs one test at a time, with enough file descriptors for a thousand connections.

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use tokio::sync::{Mutex, MutexGuard};

/// Descriptors for both ends of a thousand connections, and for the rest of the process.
const OPEN_FILES: u64 = 2500;

static TURN: Mutex<()> = Mutex::const_new(());

/// Waits for the turn of this test; the other tests wait until the result is dropped.
pub(crate) async fn turn() -> MutexGuard<'static, ()> {
    let turn = TURN.lock().await;
    let Rlimit { current, maximum } = getrlimit(Resource::Nofile);
    if current.is_some_and(|current| current < OPEN_FILES) {
        let raised = Rlimit { current: Some(OPEN_FILES), maximum };
        let result = setrlimit(Resource::Nofile, raised);
        assert!(result.is_ok(), "these tests need {OPEN_FILES} open files: see `ulimit -Hn`");
    }
    turn
}
