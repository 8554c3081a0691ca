//! What an `EventSource` of a browser makes of our streams, from a page on another origin.

mod arriving;
mod keeping_alive;
mod coming_back;
mod leaving;
mod stopping;
mod credentials;
