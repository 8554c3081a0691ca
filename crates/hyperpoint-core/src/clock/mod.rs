//! The clock that all shared-frame streams of a host use in place of one timer per stream.
//!
//! A stream registers a [`Bell`] with the [`ClockWheel`] for the time of its next deadline. This
//! module knows neither streams nor their deadlines.

mod bell;
mod clock_wheel;

pub(crate) use bell::Bell;
pub(crate) use clock_wheel::ClockWheel;
