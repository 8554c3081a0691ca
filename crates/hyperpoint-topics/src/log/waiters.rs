//! Owns who is to be woken when there is news.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::task::Waker;

/// The place of one who may wait.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Seat(usize);

/// Those who wait for news. Once it has grown to its size it allocates nothing.
#[derive(Debug, Default)]
pub(crate) struct Waiters(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    waiting: Vec<(Seat, Waker)>,
    /// For each seat, where it is among the waiting.
    seats: Vec<Option<usize>>,
    vacant: Vec<Seat>,
    /// The list that is not in use.
    spare: Vec<(Seat, Waker)>,
}

impl Waiters {
    /// A seat for one who will wait.
    pub(crate) fn join(&self) -> Seat {
        let mut state = self.lock();
        state.vacant.pop().unwrap_or_else(|| {
            state.seats.push(None);
            Seat(state.seats.len() - 1)
        })
    }

    /// Gives the seat back.
    pub(crate) fn leave(&self, seat: Seat) {
        let mut state = self.lock();
        state.stand_up(seat);
        state.vacant.push(seat);
        if state.vacant.len() == state.seats.len() {
            // Nobody is left: what very many needed is not kept.
            *state = State::default();
        }
    }

    /// Waits, unless there is news already: what is looked at is then not passed over. Says whether
    /// it waits.
    pub(crate) fn wait(&self, seat: Seat, waker: &Waker, has_news: impl FnOnce() -> bool) -> bool {
        let mut state = self.lock();
        if has_news() {
            return false;
        }
        let state = &mut *state;
        let Some(place) = state.seats.get_mut(seat.0) else {
            return false;
        };
        if let Some((_, waiting)) = place.and_then(|index| state.waiting.get_mut(index)) {
            waiting.clone_from(waker);
        } else {
            *place = Some(state.waiting.len());
            state.waiting.push((seat, waker.clone()));
        }
        true
    }

    /// Wakes all who wait. The news has to be there before.
    pub(crate) fn wake(&self) {
        let mut state = self.lock();
        if state.waiting.is_empty() {
            return;
        }
        let spare = std::mem::take(&mut state.spare);
        let mut woken = std::mem::replace(&mut state.waiting, spare);
        for (seat, _) in &woken {
            if let Some(place) = state.seats.get_mut(seat.0) {
                *place = None;
            }
        }
        drop(state);
        woken.drain(..).for_each(|(_, waker)| waker.wake());
        self.lock().spare = woken;
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn stand_up(&mut self, seat: Seat) {
        let Some(index) = self.seats.get_mut(seat.0).and_then(Option::take) else {
            return;
        };
        self.waiting.swap_remove(index);
        if let Some((moved, _)) = self.waiting.get(index)
            && let Some(place) = self.seats.get_mut(moved.0)
        {
            *place = Some(index);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::task::Wake;

    use super::*;

    #[derive(Default)]
    struct Count(AtomicUsize);

    impl Wake for Count {
        fn wake(self: Arc<Self>) {
            self.0.fetch_add(1, Ordering::Relaxed);
        }
    }

    #[test]
    fn each_is_woken_once_and_who_left_is_not() {
        let waiters = Waiters::default();
        let counts: Vec<_> = (0..5).map(|_| Arc::new(Count::default())).collect();
        let seats: Vec<_> = counts.iter().map(|_| waiters.join()).collect();
        for (seat, count) in seats.iter().zip(&counts) {
            assert!(waiters.wait(*seat, &Waker::from(Arc::clone(count)), || false));
            assert!(waiters.wait(*seat, &Waker::from(Arc::clone(count)), || false));
        }
        waiters.leave(seats[0]);
        waiters.leave(seats[3]);
        waiters.wake();
        waiters.wake();
        let woken: Vec<_> = counts.iter().map(|count| count.0.load(Ordering::Relaxed)).collect();
        assert_eq!(woken, [0, 1, 1, 0, 1]);
        assert!(counts.iter().all(|count| Arc::strong_count(count) == 1));
        assert_eq!(waiters.join(), seats[3], "a seat that was given back is used again");
    }

    #[test]
    fn news_that_is_there_is_not_waited_for() {
        let waiters = Waiters::default();
        let seat = waiters.join();
        assert!(!waiters.wait(seat, Waker::noop(), || true));
        assert!(waiters.lock().waiting.is_empty());
    }
}
