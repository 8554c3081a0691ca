//! Multipart bodies (`multipart/form-data`), whose fields and files are streamed in order.

mod refused;
mod boundary;
mod disposition;
mod gate;
mod part;
#[expect(clippy::module_inception, reason = "a file is named for its main type")]
mod multipart;
mod form;

pub use multipart::Multipart;
pub use part::Part;

pub(super) use form::read_form;
