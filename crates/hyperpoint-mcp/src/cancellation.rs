//! Cancellation of calls by `notifications/cancelled`, in MCP revisions before 2026-07-28. Since
//! then, a client cancels a call by closing its stream.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use serde_json::Value;
use tokio::sync::Notify;

/// Maximum length of a session id, in bytes.
const MAX_SESSION_BYTES: usize = 128;

/// Identifies a call that can be cancelled: the session id of its client, the user, and the request
/// id. A request id alone is not unique, because every client counts from 1.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct CallKey {
    session: String,
    user: Option<String>,
    id: String,
}

impl CallKey {
    /// Returns the key of a request, or `None` if the client has no session id or one that is too
    /// long. Requests without a session id cannot be attributed to a client.
    pub(crate) fn new(session: Option<&str>, user: Option<&str>, id: &Value) -> Option<Self> {
        let session = session.filter(|session| session.len() <= MAX_SESSION_BYTES)?.to_owned();
        Some(Self { session, user: user.map(str::to_owned), id: id.to_string() })
    }
}

/// The running calls that can be cancelled. The table has no entry for a session id without a
/// running call.
///
/// A client must not reuse a request id in a session. If it does, a cancellation ends all of its
/// calls with this id.
#[derive(Clone, Debug, Default)]
pub(crate) struct OpenCalls(Arc<Mutex<HashMap<CallKey, Vec<Arc<Notify>>>>>);

impl OpenCalls {
    /// Registers a call until the returned value is dropped.
    pub(crate) fn open(&self, key: CallKey) -> OpenCall {
        let cancelled = Arc::new(Notify::new());
        self.lock().entry(key.clone()).or_default().push(Arc::clone(&cancelled));
        OpenCall { calls: self.clone(), key, cancelled }
    }

    /// Cancels the calls with this key that still run.
    pub(crate) fn cancel(&self, key: &CallKey) {
        self.lock().get(key).into_iter().flatten().for_each(|call| call.notify_one());
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<CallKey, Vec<Arc<Notify>>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A running call, which is registered until it is dropped.
#[derive(Debug)]
pub(crate) struct OpenCall {
    calls: OpenCalls,
    key: CallKey,
    cancelled: Arc<Notify>,
}

impl OpenCall {
    /// Waits until the call is cancelled.
    pub(crate) async fn cancelled(&self) {
        self.cancelled.notified().await;
    }
}

impl Drop for OpenCall {
    fn drop(&mut self) {
        let mut calls = self.calls.lock();
        let Some(of_key) = calls.get_mut(&self.key) else { return };
        of_key.retain(|call| !Arc::ptr_eq(call, &self.cancelled));
        if of_key.is_empty() {
            calls.remove(&self.key);
        }
    }
}

#[cfg(test)]
mod tests {
    use futures_util::FutureExt;
    use serde_json::json;

    use super::*;

    #[test]
    fn a_call_is_cancelled_by_its_own_client_alone_and_leaves_nothing() {
        let calls = OpenCalls::default();
        let key = |session, user| CallKey::new(Some(session), Some(user), &json!(1)).unwrap();
        let call = calls.open(key("a", "ann"));
        calls.cancel(&key("b", "ann"));
        calls.cancel(&key("a", "bob"));
        assert!(call.cancelled().now_or_never().is_none());
        calls.cancel(&key("a", "ann"));
        assert!(call.cancelled().now_or_never().is_some());
        let again = calls.open(key("a", "ann"));
        calls.cancel(&key("a", "ann"));
        // Both calls with the id are cancelled.
        assert!(call.cancelled().now_or_never().is_some());
        assert!(again.cancelled().now_or_never().is_some());
        drop(call);
        assert_eq!(calls.lock().len(), 1);
        drop(again);
        assert!(calls.lock().is_empty());
        assert_eq!(CallKey::new(None, None, &json!(1)), None);
        assert_eq!(CallKey::new(Some(&"s".repeat(129)), None, &json!(1)), None);
    }
}
