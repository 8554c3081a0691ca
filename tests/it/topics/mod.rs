//! Topics through the public face: one event to many, with replay.

mod room;

mod ready;
mod gaps;
mod rights;
mod lag;
mod outrun;
mod observing_gaps;
mod several;
mod publishing;
mod snapshots;
mod ends;
mod engine;
mod begun;
mod past;
mod behind;
mod faults;
mod killed;
