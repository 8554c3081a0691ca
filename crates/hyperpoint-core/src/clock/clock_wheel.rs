//! One clock for all streams of shared frames of a host, in place of a timer for each.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::Notify;
use tokio::time::{Instant, sleep_until};

use super::bell::Bell;
use crate::lifetime::Stopping;

/// Bells ring up to this much late, so that those that are near each other ring at once.
const TICK: Duration = Duration::from_millis(50);

/// Rings bells at their times. It has one task, which ends when no bell is left.
#[derive(Clone)]
pub(crate) struct ClockWheel(Arc<Shared>);

struct Shared {
    origin: Instant,
    stopping: Stopping,
    state: Mutex<State>,
    has_earlier: Notify,
    /// How often bells rang, around and around.
    rounds: AtomicU32,
}

#[derive(Default)]
struct State {
    ticks: BTreeMap<u64, Vec<Arc<Bell>>>,
    is_driven: bool,
    /// Whether all bells rang because the host stops. Those that come later know it.
    has_stopped: bool,
}

impl ClockWheel {
    pub(crate) fn new(stopping: Stopping) -> Self {
        let (origin, state, has_earlier) = (Instant::now(), Mutex::default(), Notify::new());
        let rounds = AtomicU32::new(0);
        Self(Arc::new(Shared { origin, stopping, state, has_earlier, rounds }))
    }

    /// How often bells rang. While that is the same, none of this wheel has rung since: one look
    /// for all who would look at a bell of their own.
    #[inline]
    pub(crate) fn rounds(&self) -> u32 {
        self.0.rounds.load(Ordering::Acquire)
    }

    /// Rings this bell at that time, and all bells when the host is asked to stop.
    ///
    /// # Panics
    ///
    /// Outside a tokio runtime. The body of an answer is always polled in one.
    pub(crate) fn ring_at(&self, bell: &Arc<Bell>, at: Instant) {
        let tick = self.0.tick(at) + 1;
        let mut state = self.0.lock();
        let is_first = state.ticks.first_key_value().is_none_or(|(first, _)| tick < *first);
        state.ticks.entry(tick).or_default().push(Arc::clone(bell));
        if !state.is_driven {
            state.is_driven = true;
            drop(state);
            tokio::spawn(drive(Driver { shared: Arc::clone(&self.0), is_through: false }));
        } else if is_first {
            self.0.has_earlier.notify_one();
        }
    }
}

impl Shared {
    fn tick(&self, at: Instant) -> u64 {
        let since = at.saturating_duration_since(self.origin).as_millis() / TICK.as_millis();
        u64::try_from(since).unwrap_or(u64::MAX - 1)
    }

    /// When the first bells ring; none where there are none, and the task is to end.
    fn next(&self) -> Option<Instant> {
        let mut state = self.lock();
        let first = state.ticks.first_key_value().map(|(tick, _)| *tick);
        state.is_driven = first.is_some();
        let ticks = u32::try_from(first?).unwrap_or(u32::MAX);
        Some(self.origin + TICK * ticks)
    }

    /// Rings the bells of this tick and those before it.
    fn ring_through(&self, tick: u64) {
        loop {
            let mut state = self.lock();
            let Some(entry) = state.ticks.first_entry().filter(|entry| *entry.key() <= tick) else {
                return;
            };
            let bells = entry.remove();
            drop(state);
            // Who sees the new round, or is woken, finds its bell rung.
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

/// The wheel in its task; where that is dropped with its runtime, the next bell begins another.
struct Driver {
    shared: Arc<Shared>,
    /// Whether it found no bell, and so is no longer the one: another task may be at work.
    is_through: bool,
}

impl Drop for Driver {
    fn drop(&mut self) {
        if !self.is_through {
            self.shared.lock().is_driven = false;
        }
    }
}

async fn drive(mut driver: Driver) {
    let shared = &driver.shared;
    while let Some(next) = shared.next() {
        let has_stopped = shared.lock().has_stopped;
        tokio::select! {
            () = sleep_until(next) => shared.ring_through(shared.tick(Instant::now())),
            () = shared.has_earlier.notified() => {}
            () = shared.stopping.requested(), if !has_stopped => {
                shared.lock().has_stopped = true;
                shared.ring_through(u64::MAX);
            }
        }
    }
    driver.is_through = true;
}

impl fmt::Debug for ClockWheel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ClockWheel").finish_non_exhaustive()
    }
}
