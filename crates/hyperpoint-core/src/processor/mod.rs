//! Processors: code that runs before or after the handlers of one or more endpoints. This module
//! does not depend on endpoints.

mod pre;
mod post;
mod processor_ref;
mod processors;

pub use post::{Outcome, PostCx, PostProcessor};
pub use pre::{PreCx, PreProcessor};
pub use processor_ref::ProcessorRef;
pub use processors::Processors;
