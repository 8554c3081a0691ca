//! The state of an upgraded connection, shared by its socket, its task and the request that opened
//! it.

use std::fmt;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};
use std::task::Context;

use futures_util::task::AtomicWaker;
use hyperpoint_core::identity::Revoked;

/// The state of a connection that may be upgraded, for example to a WebSocket. After the upgrade
/// the socket belongs to the mounted service; the host can still close it.
#[derive(Default)]
pub(crate) struct UpgradeGate {
    /// Whether reads report the end of the stream, because the host stops.
    has_ended_reads: AtomicBool,
    /// Whether the socket was dropped.
    is_released: AtomicBool,
    /// Wakes the task that reads from the socket.
    reader: AtomicWaker,
    /// Wakes the task that writes to the socket.
    writer: AtomicWaker,
    /// Wakes the connection's own task.
    task: AtomicWaker,
    /// Completes when the identity that opened the connection is no longer valid. `None` if
    /// [`close_when`](Self::close_when) was not called, or after the future was taken.
    until: Mutex<Option<Revoked>>,
}

impl UpgradeGate {
    /// Closes the connection when this future completes.
    pub(crate) fn close_when(&self, ended: Revoked) {
        *self.until.lock().unwrap_or_else(PoisonError::into_inner) = Some(ended);
        self.task.wake();
    }

    /// Takes the future of [`close_when`](Self::close_when), or returns `None` if it is unset or
    /// already taken. The caller polls it without the lock, because it runs code of schemes.
    pub(crate) fn take_until(&self) -> Option<Revoked> {
        self.until.lock().unwrap_or_else(PoisonError::into_inner).take()
    }

    /// Makes reads report the end of the stream.
    pub(crate) fn end_reads(&self) {
        self.has_ended_reads.store(true, Ordering::Release);
        self.reader.wake();
    }

    /// Registers the reading task, and returns whether reads report the end of the stream.
    pub(crate) fn has_ended_reads(&self, cx: &Context<'_>) -> bool {
        self.reader.register(cx.waker());
        self.has_ended_reads.load(Ordering::Acquire)
    }

    /// Registers the writing task.
    pub(crate) fn register_writer(&self, cx: &Context<'_>) {
        self.writer.register(cx.waker());
    }

    /// Wakes the tasks that use the socket, because it was closed.
    pub(crate) fn closed(&self) {
        self.reader.wake();
        self.writer.wake();
    }

    /// Records that the socket was dropped.
    pub(crate) fn released(&self) {
        self.is_released.store(true, Ordering::Release);
        self.task.wake();
    }

    /// Registers the connection's task, and returns whether the socket was dropped.
    pub(crate) fn is_released(&self, cx: &Context<'_>) -> bool {
        self.task.register(cx.waker());
        self.is_released.load(Ordering::Acquire)
    }

    /// Wakes the connection's task, so that it checks the deadline of a stalled write.
    pub(crate) fn stalled(&self) {
        self.task.wake();
    }
}

impl fmt::Debug for UpgradeGate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("UpgradeGate")
            .field("is_released", &self.is_released)
            .finish_non_exhaustive()
    }
}
