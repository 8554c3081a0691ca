//! Rate limits, and ranges of bytes.

mod byte_range;
mod throttled;
