//! Limits and timeouts of the host, and what a client receives at each.

mod head_sizes;
mod bodies;
mod slow_bodies;
mod connections;
mod windows;
mod silence;
mod rate_limits;
