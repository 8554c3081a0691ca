//! A log of one process on disk: what was acknowledged is there after a crash.

mod record;
mod segment;
mod options;
mod store;
mod file_log;

pub use file_log::FileLog;
pub use options::FileLogOptions;

#[cfg(test)]
mod tests;
