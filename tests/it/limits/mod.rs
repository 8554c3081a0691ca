//! Limits and clocks of the host: what a client meets at each.

mod head_sizes;
mod bodies;
mod slow_bodies;
mod connections;
mod windows;
mod silence;
mod rate_limits;
