//! The way of an event stream's body out of hyper's connection.

use std::cell::Cell;
use std::sync::Arc;

use hyperpoint_core::Body;

use super::activity::{Activity, OpenRequest};

/// The body of an event stream that has left hyper, and its open request.
pub(super) struct Departed {
    pub(super) body: Body,
    pub(super) open: OpenRequest,
}

/// Where a body is put when hyper drops it.
enum Slot {
    /// Bodies are dropped.
    Closed,
    /// Takes the body of this connection.
    Open(Arc<Activity>),
    /// Has taken it.
    Filled(Departed),
}

thread_local! {
    /// The slot of the connection that is being taken apart. A body and its connection meet here, because
    /// hyper owns the body and drops it.
    static SLOT: Cell<Slot> = const { Cell::new(Slot::Closed) };
}

/// Closes the slot, also after a panic.
struct Closing;

impl Drop for Closing {
    fn drop(&mut self) {
        drop(SLOT.replace(Slot::Closed));
    }
}

/// Takes hyper's connection apart by this function. Returns its result, and the held body that hyper has
/// dropped meanwhile.
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

/// Puts a body that hyper drops into the slot, if its connection is being taken apart. Otherwise drops it.
pub(super) fn depart(departed: Departed) {
    // Without a slot the thread ends, and the body is dropped.
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

    use hyperpoint_core::problem::ErrorFormat;

    use super::*;
    use crate::options::ServerOptions;

    fn connection() -> Arc<Activity> {
        Activity::new(&ServerOptions::default(), &ErrorFormat::default())
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
