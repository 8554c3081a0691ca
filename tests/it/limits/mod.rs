//! Limits and clocks of the host: what a client meets at each.

mod heads;
mod slow_bodies;
mod connections;
mod windows;
mod silence;
