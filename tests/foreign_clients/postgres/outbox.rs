//! The outbox of the guide's chapter 19, which has this code without the visibilities.

use hyperpoint::async_trait;
use hyperpoint::topics::Topics;
use hyperpoint::topics::outbox::{Outbox, OutboxError, OutboxEvent, OutboxRelay, sql};
use sqlx::postgres::PgRow;
use sqlx::{PgConnection, PgPool, Row};

pub(super) struct PgOutbox(pub(super) PgPool);

#[async_trait]
impl Outbox for PgOutbox {
    async fn read(&self, after: i64, limit: usize) -> Result<Vec<(i64, OutboxEvent)>, OutboxError> {
        let read = sqlx::query(sql::READ).bind(after).bind(i64::try_from(limit)?);
        let event = |row: PgRow| {
            let (id, topic, name) =
                (row.try_get("id")?, row.try_get("topic")?, row.try_get("name")?);
            let (data, key) = (row.try_get("data")?, row.try_get("key")?);
            Ok((row.try_get("number")?, OutboxEvent { id, topic, name, data, key }))
        };
        read.fetch_all(&self.0).await?.into_iter().map(event).collect()
    }

    async fn delete(&self, numbers: &[i64]) -> Result<(), OutboxError> {
        let mut transaction = self.0.begin().await?;
        for number in numbers {
            sqlx::query(sql::DELETE).bind(number).execute(&mut *transaction).await?;
        }
        Ok(transaction.commit().await?)
    }
}

/// Call this function in the transaction of the change that the event reports.
pub(super) async fn insert(
    transaction: &mut PgConnection,
    event: OutboxEvent,
) -> Result<(), sqlx::Error> {
    let OutboxEvent { id, topic, name, data, key } = event;
    let insert = sqlx::query(sql::INSERT).bind(id).bind(topic).bind(name).bind(data).bind(key);
    insert.execute(transaction).await?;
    Ok(())
}

pub(super) async fn start(topics: &Topics, database: &PgPool) -> Result<OutboxRelay, sqlx::Error> {
    sqlx::query(sql::CREATE_TABLE_POSTGRES).execute(database).await?;
    Ok(OutboxRelay::start(topics, PgOutbox(database.clone())))
}
