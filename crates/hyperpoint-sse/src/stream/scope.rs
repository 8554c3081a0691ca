//! The state that all streams of a host share: a timer wheel, and the shutdown signal.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::Notify;
use tokio::time::{Instant, sleep_until};

use super::bell::Bell;
use super::stopping::Stopping;

/// The resolution of the wheel: 1 ms.
const TICK: Duration = Duration::from_millis(1);

/// The granularity of keep-alives, in ticks of 1 ms: the deadlines of keep-alives are rounded up to
/// a multiple of this number, so that streams with nearly equal deadlines are woken together.
const KEEP_ALIVE_TICKS: u64 = 50;

/// A tick that is never reached, and that can be rounded up without overflow.
const LAST_TICK: u64 = u64::MAX / 2;

/// The state that all streams of a host share: the host's shutdown signal, and one timer wheel in
/// place of a timer for each stream. Cheap to clone.
///
/// A stream without a host uses [`StreamScope::default`], whose shutdown signal is never requested.
///
/// The wheel wakes each stream at its next deadline, or up to 50 ms later for a keep-alive, and
/// when the host starts to shut down. The wheel is driven by a task, which is spawned with the
/// first deadline and ends when no deadline is left.
///
/// # Examples
///
/// ```
/// use std::time::Duration;
///
/// use hyperpoint::Stopping;
/// use hyperpoint::sse::stream::StreamScope;
///
/// let scope = StreamScope::new(Stopping::new(Duration::from_secs(20)));
/// scope.stopping().request();
/// assert!(scope.stopping().is_requested());
/// ```
#[derive(Clone)]
pub struct StreamScope(Arc<Shared>);

struct Shared {
    origin: Instant,
    stopping: Stopping,
    state: Mutex<State>,
    has_earlier: Notify,
    /// The number of rounds so far, modulo 2³². A round rings all bells of one tick.
    rounds: AtomicU32,
}

#[derive(Default)]
struct State {
    ticks: BTreeMap<u64, Vec<Arc<Bell>>>,
    is_driven: bool,
    /// Whether all bells were rung because of the shutdown. Streams that start later check for the
    /// shutdown themselves.
    has_stopped: bool,
}

impl StreamScope {
    /// Creates the scope of streams that this signal stops.
    #[must_use]
    pub fn new(stopping: Stopping) -> Self {
        let (origin, state, has_earlier) = (Instant::now(), Mutex::default(), Notify::new());
        let rounds = AtomicU32::new(0);
        Self(Arc::new(Shared { origin, stopping, state, has_earlier, rounds }))
    }

    /// Returns the shutdown signal of the streams.
    #[must_use]
    pub fn stopping(&self) -> &Stopping {
        &self.0.stopping
    }

    /// Returns the number of rounds so far, modulo 2³². While it is unchanged, no bell of this
    /// wheel has rung, so that a stream does not need to check its own bell.
    #[inline]
    pub(super) fn rounds(&self) -> u32 {
        self.0.rounds.load(Ordering::Acquire)
    }

    /// Registers the bell to ring once: when the keep-alive is due, at `end` if that is earlier, or
    /// when the host starts to shut down.
    ///
    /// # Panics
    ///
    /// Panics outside a tokio runtime if no task drives the wheel yet. Response bodies are always
    /// polled within a runtime.
    pub(super) fn ring_at(&self, bell: &Arc<Bell>, keep_alive: Instant, end: Option<Instant>) {
        let keep_alive = self.0.tick_after(keep_alive).next_multiple_of(KEEP_ALIVE_TICKS);
        let tick = end.map_or(keep_alive, |end| self.0.tick_after(end).min(keep_alive));
        let mut state = self.0.lock();
        let is_first = state.ticks.first_key_value().is_none_or(|(first, _)| tick < *first);
        state.ticks.entry(tick).or_default().push(Arc::clone(bell));
        if !state.is_driven {
            state.is_driven = true;
            drop(state);
            tokio::spawn(drive(Driver { shared: Arc::clone(&self.0), has_finished: false }));
        } else if is_first {
            self.0.has_earlier.notify_one();
        }
    }
}

impl Shared {
    /// Returns the first tick that is not before this time.
    fn tick_after(&self, at: Instant) -> u64 {
        let since = at.saturating_duration_since(self.origin).as_nanos();
        u64::try_from(since.div_ceil(TICK.as_nanos())).unwrap_or(LAST_TICK)
    }

    /// Returns the last tick that is not after this time.
    fn tick_before(&self, at: Instant) -> u64 {
        let since = at.saturating_duration_since(self.origin).as_nanos();
        u64::try_from(since / TICK.as_nanos()).unwrap_or(LAST_TICK)
    }

    /// Returns the time of the earliest registered bells. Returns `None` if no bell is registered;
    /// the wheel's task must then end, because the next registration starts another task.
    fn next(&self) -> Option<Instant> {
        let mut state = self.lock();
        let first = state.ticks.first_key_value().map(|(tick, _)| *tick);
        state.is_driven = first.is_some();
        // Cannot overflow: each stream registers its next keep-alive, so the earliest tick is less
        // than two years in the future.
        Some(self.origin + Duration::from_millis(first?))
    }

    /// Rings the bells of this tick and of earlier ticks.
    fn ring_through(&self, tick: u64) {
        loop {
            let mut state = self.lock();
            let Some(entry) = state.ticks.first_entry().filter(|entry| *entry.key() <= tick) else {
                return;
            };
            let bells = entry.remove();
            drop(state);
            // The flags are set first: a task that sees the new round, or is woken, finds its bell
            // rung.
            for bell in &bells {
                bell.mark();
            }
            self.rounds.fetch_add(1, Ordering::Release);
            for bell in &bells {
                bell.wake_listener();
            }
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The state of the wheel's task. If the task is dropped with its runtime, the next registration of
/// a bell starts another task.
struct Driver {
    shared: Arc<Shared>,
    /// Whether the task has finished because no bell was left. Another task may then be running.
    has_finished: bool,
}

impl Drop for Driver {
    fn drop(&mut self) {
        if !self.has_finished {
            self.shared.lock().is_driven = false;
        }
    }
}

async fn drive(mut driver: Driver) {
    let shared = &driver.shared;
    while let Some(next) = shared.next() {
        let has_stopped = shared.lock().has_stopped;
        tokio::select! {
            () = sleep_until(next) => shared.ring_through(shared.tick_before(Instant::now())),
            () = shared.has_earlier.notified() => {}
            () = shared.stopping.requested(), if !has_stopped => {
                shared.lock().has_stopped = true;
                shared.ring_through(u64::MAX);
            }
        }
    }
    driver.has_finished = true;
}

impl Default for StreamScope {
    fn default() -> Self {
        Self::new(Stopping::new(Duration::ZERO))
    }
}

impl fmt::Debug for StreamScope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StreamScope").finish_non_exhaustive()
    }
}
