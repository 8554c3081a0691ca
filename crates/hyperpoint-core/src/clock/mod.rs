//! One clock for all streams of shared frames of a host: who waits has a bell, and no timer.

mod bell;
mod clock_wheel;

pub(crate) use bell::Bell;
pub(crate) use clock_wheel::ClockWheel;
