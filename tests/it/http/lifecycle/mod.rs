//! The life of a host: background tasks, draining, and signals.

mod tasks;
mod drain;
mod signals;
