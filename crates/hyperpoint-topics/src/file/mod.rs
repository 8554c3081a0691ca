//! A log on disk for one process: acknowledged events survive a crash.
//!
//! It must not know topics in memory or subscribers.

mod record;
mod segment;
mod options;
mod store;
mod file_log;

pub use file_log::FileLog;
pub use options::FileLogOptions;

#[cfg(test)]
mod tests;
