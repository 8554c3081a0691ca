//! What endpoints answer, and the one way to send it.

mod kinds;
mod events;
mod redirect;
mod send;

pub use events::{EventAnswer, Events};
pub use kinds::{Answer, JsonData};
pub use redirect::Redirect;
pub use send::Send;
