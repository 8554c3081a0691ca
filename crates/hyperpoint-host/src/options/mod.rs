//! Limits and clocks of a host: their defaults, how they are read from a configuration, and what
//! about them is a mistake.

mod quantity;
mod descriptors;
mod server_options;

pub(crate) use server_options::BUFFER_BYTES;
pub use server_options::ServerOptions;
