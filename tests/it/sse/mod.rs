//! What an event stream does, line by line of its contract, and what follows from the handler's
//! future being the body.
//!
//! Line 14 is of topics and lines 29 to 33 with it; line 25 and the vanished client of 28 are tested
//! where they are decided.

mod masked;

mod framing;
mod transcript;
mod keep_alive;
mod large_events;
mod head;
mod protocols;
mod last_event_id;
mod resume;
mod cors;
mod accept;
mod ends;
mod expiry;
mod refused;
mod outcomes;
mod over_limits;
mod disconnects;

mod borrows;
mod after_the_await;
mod pace;
mod closing;
mod problems;
mod imperative;
mod typed_events;
mod concurrent;
mod draining;
mod reconnect_spread;
mod stalled;
