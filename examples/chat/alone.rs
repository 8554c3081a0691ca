//! How a part of the chat learns that the program that started it is gone.

use std::io;

use tokio::sync::oneshot;

/// Waits until our input ends, as it does when the process that holds the other end of it closes it,
/// or is gone, however that went.
pub(crate) async fn alone() {
    let (held, alone) = oneshot::channel::<()>();
    // A thread: the end of the program does not wait for it.
    std::thread::spawn(move || {
        let _ = io::copy(&mut io::stdin(), &mut io::sink());
        drop(held);
    });
    // An error: nothing was ever sent.
    let _ = alone.await;
}
