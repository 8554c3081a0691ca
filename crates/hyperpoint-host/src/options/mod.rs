//! The limits and timeouts of a host: defaults, deserialization, and validation.

mod quantity;
mod descriptors;
mod server_options;

pub(crate) use server_options::BUFFER_BYTES;
pub use server_options::ServerOptions;
