//! Processors: what is done before and after handlers, the same for many endpoints. Knows no
//! endpoint.

mod pre;
mod post;
mod processor_ref;
mod processors;

pub use post::{Outcome, PostCx, PostProcessor};
pub use pre::{PreCx, PreProcessor};
pub use processor_ref::ProcessorRef;
pub use processors::Processors;
