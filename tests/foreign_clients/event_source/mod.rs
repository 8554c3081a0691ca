//! A browser's `EventSource` on event streams, from a page on another origin.

mod delivery;
mod keep_alive;
mod reconnecting;
mod closed_pages;
mod stopping;
mod credentials;
