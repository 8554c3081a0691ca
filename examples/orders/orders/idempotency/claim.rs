//! The claim of a request on its key, as a row of the database.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};

use hyperpoint::prelude::*;
use rusqlite::{Connection, OptionalExtension, params};
use serde_json::value::RawValue;

use crate::store::StoreError;

/// Keys are forgotten after this many seconds.
const KEPT_SECONDS: i64 = 24 * 60 * 60;

/// A process that was killed leaves its claims. After this many seconds another request takes a claim over.
const RUNNING_SECONDS: i64 = 60;

/// A claim on a key, in the state of its request.
#[derive(Clone)]
pub(in crate::orders) struct Claim {
    user: String,
    key: String,
    /// Tells this request from one that takes the claim over.
    attempt: String,
    /// Whether the request has ended: its client may leave before its claim is written.
    has_ended: Arc<AtomicBool>,
}

/// The result of claiming a key.
pub(super) enum Claimed {
    /// The request may run.
    New,
    /// The key was claimed for another request.
    OtherRequest,
    /// The first request with this key is running.
    Running,
    /// The first request has created this, and had this answer.
    Answered { created_id: i64, answer: Box<RawValue> },
}

impl Claim {
    pub(super) fn new(user: &str, key: &str) -> Self {
        let attempt = Uuid::new_v4().to_string();
        Self { user: user.to_owned(), key: key.to_owned(), attempt, has_ended: Arc::default() }
    }

    /// Claims the key for this request, which is compared with the request that has claimed it before.
    pub(super) fn take(&self, database: &Connection, request: &str) -> Result<Claimed, StoreError> {
        let Self { user, key, attempt, has_ended } = self;
        let now = seconds();
        let forget = "DELETE FROM idempotency_keys WHERE claimed_at < ?1";
        database.execute(forget, [now - KEPT_SECONDS])?;
        let take_over = "DELETE FROM idempotency_keys \
                         WHERE user = ?1 AND key = ?2 AND claimed_at < ?3 AND answer IS NULL";
        database.execute(take_over, params![user, key, now - RUNNING_SECONDS])?;

        let find = "SELECT request, created_id, answer FROM idempotency_keys \
                    WHERE user = ?1 AND key = ?2";
        let found = database.query_row(find, [user, key], |row| {
            Ok((row.get::<_, String>(0)?, row.get(1)?, row.get(2)?))
        });
        match found.optional()? {
            // In a transaction: `release` comes later, and finds the row, or has come before.
            None if has_ended.load(Ordering::Acquire) => Ok(Claimed::Running),
            None => {
                let add = "INSERT INTO idempotency_keys (user, key, request, attempt, claimed_at) \
                           VALUES (?1, ?2, ?3, ?4, ?5)";
                database.execute(add, params![user, key, request, attempt, now])?;
                Ok(Claimed::New)
            }
            Some((first, _, _)) if first != request => Ok(Claimed::OtherRequest),
            Some((_, Some(created_id), Some(answer))) => {
                let answer = RawValue::from_string(answer).expect("the answer was stored as JSON");
                Ok(Claimed::Answered { created_id, answer })
            }
            Some(_) => Ok(Claimed::Running),
        }
    }

    /// Stores the answer. Call it in the transaction of the change: either both are there, or neither.
    pub(in crate::orders) fn store_answer(
        &self,
        database: &Connection,
        created_id: i64,
        answer: &impl Serialize,
    ) -> Result<(), StoreError> {
        let Self { user, key, attempt, .. } = self;
        let answer = serde_json::to_string(answer).expect("an answer is JSON");
        let store = "UPDATE idempotency_keys SET created_id = ?4, answer = ?5 \
                     WHERE user = ?1 AND key = ?2 AND attempt = ?3";
        match database.execute(store, params![user, key, attempt, created_id, answer])? {
            1 => Ok(()),
            _ => Err(StoreError::Conflict("another request with this key has taken over")),
        }
    }

    /// Says that the request has ended. Call it before `release`.
    pub(super) fn end(&self) {
        self.has_ended.store(true, Ordering::Release);
    }

    /// Gives the key free, unless the answer is stored.
    pub(super) fn release(&self, database: &Connection) -> Result<(), StoreError> {
        let Self { user, key, attempt, .. } = self;
        let release = "DELETE FROM idempotency_keys \
                       WHERE user = ?1 AND key = ?2 AND attempt = ?3 AND answer IS NULL";
        database.execute(release, [user, key, attempt])?;
        Ok(())
    }
}

fn seconds() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_secs()).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::Store;

    fn age(database: &Connection, seconds: i64) -> Result<(), StoreError> {
        let age = "UPDATE idempotency_keys SET claimed_at = claimed_at - ?1";
        assert_eq!(database.execute(age, [seconds])?, 1);
        Ok(())
    }

    #[tokio::test]
    async fn a_key_is_claimed_until_its_request_fails_or_is_taken_over() {
        let store = Store::in_memory().expect("a database");
        let done = store.write(|database| {
            let [first, second, third] = [(); 3].map(|()| Claim::new("ann", "k"));
            assert!(matches!(first.take(database, "a")?, Claimed::New));
            assert!(matches!(second.take(database, "a")?, Claimed::Running));
            assert!(matches!(second.take(database, "b")?, Claimed::OtherRequest));
            second.release(database)?;
            assert!(matches!(second.take(database, "a")?, Claimed::Running));
            first.release(database)?;
            assert!(matches!(second.take(database, "a")?, Claimed::New));

            age(database, RUNNING_SECONDS + 1)?;
            assert!(matches!(third.take(database, "a")?, Claimed::New));
            assert!(second.store_answer(database, 1, &"late").is_err());
            third.store_answer(database, 7, &"in time")?;
            third.release(database)?;
            age(database, RUNNING_SECONDS + 1)?;
            let again = first.take(database, "a")?;
            assert!(matches!(again, Claimed::Answered { created_id: 7, answer }
                if answer.get() == r#""in time""#));
            let bob = Claim::new("bob", "k");
            bob.end();
            assert!(matches!(bob.take(database, "b")?, Claimed::Running));
            assert!(matches!(Claim::new("bob", "k").take(database, "b")?, Claimed::New));
            Ok(())
        });
        done.await.expect("each step succeeds");
    }

    #[tokio::test]
    async fn a_key_is_forgotten_after_a_day() {
        let store = Store::in_memory().expect("a database");
        let done = store.write(|database| {
            let claim = Claim::new("ann", "k");
            claim.take(database, "a")?;
            claim.store_answer(database, 7, &())?;
            age(database, KEPT_SECONDS + 1)?;
            assert!(matches!(claim.take(database, "b")?, Claimed::New));
            Ok(())
        });
        done.await.expect("each step succeeds");
    }
}
