//! The events that are stored with changes, for the relay that publishes them.

use hyperpoint::async_trait;
use hyperpoint::topics::outbox::{Outbox, OutboxError, OutboxEvent, sql};
use rusqlite::params;

use crate::store::Store;

#[async_trait]
impl Outbox for Store {
    async fn read(&self, after: i64, limit: usize) -> Result<Vec<(i64, OutboxEvent)>, OutboxError> {
        let limit = i64::try_from(limit)?;
        let events = Self::read(self, move |database| {
            let mut read = database.prepare(sql::READ)?;
            let events = read.query_map(params![after, limit], |row| {
                let event = OutboxEvent {
                    id: row.get("id")?,
                    topic: row.get("topic")?,
                    name: row.get("name")?,
                    data: row.get("data")?,
                    key: row.get("key")?,
                };
                Ok((row.get("number")?, event))
            })?;
            Ok(events.collect::<Result<_, _>>()?)
        });
        Ok(events.await?)
    }

    async fn delete(&self, numbers: &[i64]) -> Result<(), OutboxError> {
        let numbers = numbers.to_vec();
        let delete = self.write(move |database| {
            let mut delete = database.prepare(sql::DELETE)?;
            for number in numbers {
                delete.execute([number])?;
            }
            Ok(())
        });
        Ok(delete.await?)
    }
}
