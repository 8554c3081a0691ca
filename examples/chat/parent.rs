//! Detection of the end of the parent process, for the child processes of the chat.

use std::io;

use tokio::sync::oneshot;

/// Waits until standard input ends, which happens when the parent process closes the other end or
/// exits for any reason.
pub(crate) async fn ended() {
    let (held, has_ended) = oneshot::channel::<()>();
    // A thread, because the end of the program does not wait for it.
    std::thread::spawn(move || {
        let _ = io::copy(&mut io::stdin(), &mut io::sink());
        drop(held);
    });
    // An error means that nothing was ever sent.
    let _ = has_ended.await;
}
