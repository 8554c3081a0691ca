//! One test at a time, with enough open files for a thousand connections.

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use tokio::sync::{Mutex, MutexGuard};

/// Both ends of a thousand connections, and what the process has open besides.
const OPEN_FILES: u64 = 2500;

static TURN: Mutex<()> = Mutex::const_new(());

/// The turn of this test; the others wait until it is dropped.
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
