//! The outbox in a Postgres server, with processes and a server that are killed.

mod server;
mod outbox;
mod guide;
mod shop;
mod killed;
mod order;
mod restarted;
