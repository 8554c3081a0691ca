//! Recovery of an event stream's body from a dismantled hyper connection.

use std::cell::Cell;
use std::sync::Arc;

use hyperpoint_core::Body;

use super::activity::{Activity, OpenRequest};

/// The body of an event stream that is sent without hyper, and its open request.
pub(super) struct Departed {
    pub(super) body: Body,
    pub(super) open: OpenRequest,
}

/// The destination of a held body that hyper drops.
enum Slot {
    /// No connection is being dismantled: bodies are dropped.
    Closed,
    /// The body of this connection is accepted.
    Open(Arc<Activity>),
    /// The body was accepted.
    Filled(Departed),
}

thread_local! {
    /// The slot of the connection that is being dismantled on this thread. Passes the body from its
    /// destructor to its connection, because hyper owns the body and drops it.
    static SLOT: Cell<Slot> = const { Cell::new(Slot::Closed) };
}

/// A guard that closes the slot when it is dropped, even if a panic unwinds.
struct Closing;

impl Drop for Closing {
    fn drop(&mut self) {
        drop(SLOT.replace(Slot::Closed));
    }
}

/// Dismantles hyper's connection with `dismantle`. Returns the result of `dismantle`, and the held
/// body that hyper dropped during the call, if any.
pub(super) fn take_apart<R>(
    activity: &Arc<Activity>,
    dismantle: impl FnOnce() -> R,
) -> (R, Option<Departed>) {
    let _closing = Closing;
    drop(SLOT.replace(Slot::Open(Arc::clone(activity))));
    let parts = dismantle();
    match SLOT.replace(Slot::Closed) {
        Slot::Filled(departed) => (parts, Some(departed)),
        Slot::Open(_) | Slot::Closed => (parts, None),
    }
}

/// Puts a body that hyper drops into the slot if its connection is being dismantled. Otherwise
/// drops the body.
pub(super) fn depart(departed: Departed) {
    // If the slot is no longer accessible, the thread is ending and the body is dropped.
    let _ = SLOT.try_with(|slot| match slot.replace(Slot::Closed) {
        Slot::Open(activity) if departed.open.is_of(&activity) => {
            slot.set(Slot::Filled(departed));
        }
        other => slot.set(other),
    });
}

#[cfg(test)]
mod tests {
    use std::panic::{AssertUnwindSafe, catch_unwind};

    use super::*;

    fn connection() -> Arc<Activity> {
        Activity::for_test()
    }

    fn held(activity: &Arc<Activity>) -> Departed {
        Departed { body: Body::default(), open: activity.begin_request() }
    }

    #[test]
    fn only_a_connection_that_is_taken_apart_gets_its_own_body() {
        let (own, other) = (connection(), connection());
        depart(held(&own));
        assert!(own.is_between_requests(), "the body was dropped");
        let ((), departed) = take_apart(&own, || depart(held(&other)));
        assert!(departed.is_none() && other.is_between_requests());
        let ((), departed) = take_apart(&own, || depart(held(&own)));
        assert!(departed.is_some() && !own.is_between_requests());
        drop(departed);
        let ((), departed) = take_apart(&own, || ());
        assert!(departed.is_none() && own.is_between_requests());
    }

    #[test]
    fn a_body_that_departed_before_a_panic_reaches_no_connection() {
        let own = connection();
        let panicked = catch_unwind(AssertUnwindSafe(|| {
            take_apart(&own, || {
                depart(held(&own));
                panic!("hyper panics");
            })
        }));
        assert!(panicked.is_err() && own.is_between_requests());
        depart(held(&own));
        assert!(own.is_between_requests());
        let ((), departed) = take_apart(&own, || ());
        assert!(departed.is_none());
    }
}
