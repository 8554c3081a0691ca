//! The background tasks that write the events of a topic to its parked streams.

mod event_writer;

#[cfg(test)]
mod tests;

pub(crate) use event_writer::join;
