//! Event streams, line by line of their contract, and what follows from the handler's future being
//! the response body.
//!
//! Lines 14 and 29 to 33 are tested with topics; line 25, and clients of line 28 that vanish
//! without closing, are tested beside the code that handles them.

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
mod as_written;
mod as_written_ends;
mod json_or_events;
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
mod leaving_hyper;
mod behind_a_stream;
mod without_an_endpoint;
