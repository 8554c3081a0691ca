//! Processors: those of every endpoint, and endpoints that show them.

mod continue_handler;
mod everywhere;
mod fails_without_post;
mod generic_global;
mod in_order;
mod short_circuit;
mod shared_state;
mod skip_handler;

pub(crate) use everywhere::{MarkGenericRequest, MarkGlobally, RequireTenant};
