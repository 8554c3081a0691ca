//! Sessions, through which clients of MCP revisions before 2026-07-28 receive notifications of
//! changes of topics. Only servers with topics have sessions.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::time::Instant;
use uuid::Uuid;

use crate::session::Session;

/// Minimum interval between two sweeps of all sessions, so that clients cannot cause a sweep with
/// each request.
const SWEEP_INTERVAL: Duration = Duration::from_secs(1);

/// The limits of sessions.
#[derive(Clone, Copy, Debug)]
pub(crate) struct SessionLimits {
    /// Maximum number of sessions of a user, or of the anonymous clients of one IPv4 address or
    /// IPv6 /64 prefix.
    pub(crate) per_caller: usize,
    /// Maximum number of sessions of the host.
    pub(crate) per_host: usize,
    /// The time after which a session without a request or a stream expires.
    pub(crate) idle: Duration,
}

impl Default for SessionLimits {
    fn default() -> Self {
        Self { per_caller: 100, per_host: 10_000, idle: Duration::from_mins(30) }
    }
}

/// The sessions of a host.
#[derive(Debug)]
pub(crate) struct Sessions {
    limits: SessionLimits,
    /// The prefix of the ids of this process's sessions.
    own: String,
    table: Mutex<Table>,
}

#[derive(Debug, Default)]
struct Table {
    sessions: HashMap<String, Arc<Session>>,
    of_callers: HashMap<String, Vec<String>>,
    /// The time of the last sweep.
    swept: Option<Instant>,
}

/// The result of looking up the session that a request names.
#[derive(Clone, Debug)]
pub(crate) enum Named {
    /// A session of this process that is open and belongs to the user.
    Open(Arc<Session>),
    /// A session of this process that has ended, or that belongs to another user.
    Ended,
    /// No session id, or one without the prefix of this process's sessions.
    Unknown,
}

impl Sessions {
    pub(crate) fn new(limits: SessionLimits) -> Self {
        let own = format!("{}.", Uuid::new_v4().simple());
        Self { limits, own, table: Mutex::default() }
    }

    /// Opens a session for a user, and returns its id. At the limit of the caller, the caller's
    /// session without a stream that has been unused for the longest time ends. Returns `None` if
    /// the caller is at its limit and all of its sessions have streams, or if the host is at its
    /// limit.
    pub(crate) fn open(&self, user: Option<String>, caller: &str) -> Option<String> {
        let id = format!("{}{}", self.own, Uuid::new_v4().simple());
        let mut table = self.lock();
        table.sweep(self.limits.idle);
        table.expire(caller, self.limits.idle);
        if table.count_of(caller) >= self.limits.per_caller {
            let unused = table.longest_unused(caller)?;
            table.remove(&unused);
        }
        if table.sessions.len() >= self.limits.per_host {
            return None;
        }
        table.of_callers.entry(caller.to_owned()).or_default().push(id.clone());
        let session = Session::new(user, caller.to_owned());
        table.sessions.insert(id.clone(), Arc::new(session));
        Some(id)
    }

    /// Looks up the session with this id for a user, and sets the time of its last use if it is
    /// open.
    pub(crate) fn find(&self, id: Option<&str>, user: Option<&str>) -> Named {
        let Some(id) = id.filter(|id| id.starts_with(&self.own)) else { return Named::Unknown };
        let mut table = self.lock();
        let Some(session) = table.sessions.get(id).cloned() else { return Named::Ended };
        if session.is_expired(self.limits.idle) {
            table.remove(id);
            return Named::Ended;
        }
        if session.user() != user {
            return Named::Ended;
        }
        session.touch(Instant::now());
        Named::Open(session)
    }

    /// Ends the session with this id. Returns `false` if the user has no such session.
    pub(crate) fn end(&self, id: Option<&str>, user: Option<&str>) -> bool {
        let Named::Open(_) = self.find(id, user) else { return false };
        self.lock().remove(id.unwrap_or_default());
        true
    }

    fn lock(&self) -> MutexGuard<'_, Table> {
        self.table.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Table {
    fn count_of(&self, caller: &str) -> usize {
        self.of_callers.get(caller).map_or(0, Vec::len)
    }

    /// Removes the expired sessions of a caller.
    fn expire(&mut self, caller: &str, idle: Duration) {
        let ids = self.of_callers.get(caller).cloned().unwrap_or_default();
        let is_expired =
            |id: &&String| self.sessions.get(*id).is_none_or(|session| session.is_expired(idle));
        let expired: Vec<String> = ids.iter().filter(is_expired).cloned().collect();
        for id in expired {
            self.remove(&id);
        }
    }

    /// Removes all expired sessions, at most once per [`SWEEP_INTERVAL`].
    fn sweep(&mut self, idle: Duration) {
        if self.swept.is_some_and(|swept| swept.elapsed() < SWEEP_INTERVAL) {
            return;
        }
        self.swept = Some(Instant::now());
        let callers: Vec<String> = self.of_callers.keys().cloned().collect();
        for caller in callers {
            self.expire(&caller, idle);
        }
    }

    /// Returns the id of the caller's session without a stream that has been unused for the longest
    /// time, or `None` if all have streams.
    fn longest_unused(&self, caller: &str) -> Option<String> {
        let ids = self.of_callers.get(caller)?.iter();
        let unused = ids.filter_map(|id| {
            let session = self.sessions.get(id)?;
            Some((session.unused_since()?, id))
        });
        unused.min().map(|(_, id)| id.clone())
    }

    fn remove(&mut self, id: &str) {
        let Some(session) = self.sessions.remove(id) else { return };
        if let Some(ids) = self.of_callers.get_mut(session.caller()) {
            ids.retain(|known| known != id);
            if ids.is_empty() {
                self.of_callers.remove(session.caller());
            }
        }
        session.end();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIMITS: SessionLimits =
        SessionLimits { per_caller: 2, per_host: 3, idle: Duration::from_mins(1) };

    fn is_open(sessions: &Sessions, id: &str, user: Option<&str>) -> bool {
        matches!(sessions.find(Some(id), user), Named::Open(_))
    }

    #[tokio::test(start_paused = true)]
    async fn a_session_is_its_users_alone_and_expires_without_a_stream() {
        let sessions = Sessions::new(LIMITS);
        let id = sessions.open(Some("ann".to_owned()), "ann").unwrap();
        assert!(is_open(&sessions, &id, Some("ann")) && !is_open(&sessions, &id, Some("bob")));
        assert!(!is_open(&sessions, &id, None) && !sessions.end(Some(&id), Some("bob")));
        assert!(matches!(sessions.find(Some("another"), None), Named::Unknown));
        tokio::time::advance(Duration::from_secs(59)).await;
        assert!(is_open(&sessions, &id, Some("ann")));
        tokio::time::advance(Duration::from_secs(61)).await;
        assert!(matches!(sessions.find(Some(&id), Some("ann")), Named::Ended));
        let id = sessions.open(Some("ann".to_owned()), "ann").unwrap();
        let Named::Open(session) = sessions.find(Some(&id), Some("ann")) else { panic!("open") };
        let stream = session.open_stream();
        tokio::time::advance(Duration::from_hours(1)).await;
        assert!(is_open(&sessions, &id, Some("ann")));
        drop(stream);
        assert!(sessions.end(Some(&id), Some("ann")));
        let table = sessions.lock();
        assert!(table.sessions.is_empty() && table.of_callers.is_empty());
    }

    #[tokio::test(start_paused = true)]
    async fn callers_and_the_host_are_limited_and_the_longest_unused_session_ends() {
        let sessions = Sessions::new(LIMITS);
        let open = |caller: &str| sessions.open(None, caller);
        let first = open("a").unwrap();
        tokio::time::advance(Duration::from_secs(1)).await;
        let second = open("a").unwrap();
        tokio::time::advance(Duration::from_secs(1)).await;
        assert!(is_open(&sessions, &first, None));
        let third = open("a").unwrap();
        assert!(!is_open(&sessions, &second, None) && is_open(&sessions, &third, None));
        assert!(open("b").is_some());
        assert_eq!(open("c"), None);
        let streams: Vec<_> = [&first, &third]
            .map(|id| match sessions.find(Some(id), None) {
                Named::Open(session) => session.open_stream(),
                _ => panic!("open"),
            })
            .into();
        assert_eq!(open("a"), None);
        drop(streams);
        tokio::time::advance(Duration::from_mins(2)).await;
        assert!(open("c").is_some());
        assert_eq!(sessions.lock().sessions.len(), 1);
    }
}
