//! What endpoints answer, and the one way to send it.

mod kinds;
mod events;
mod redirect;
mod reply;
mod send;
mod send_content;

pub use events::{EventAnswer, Events};
pub use kinds::{Answer, PlainAnswer};
pub use redirect::Redirect;
pub use reply::Reply;
pub use send::Send;
