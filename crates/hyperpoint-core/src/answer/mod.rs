//! Responses: the types that an endpoint can respond with, and [`Send`], which sends them.
//!
//! This module sets statuses and headers, and converts data to JSON. It does not depend on
//! endpoints or sockets.

mod possible_answer;
mod kinds;
mod any_json;
mod alternatives;
mod events;
mod json_or_events;
mod redirect;
mod reply;
mod send;
mod send_plain;
mod send_content;
mod send_linked;

pub use alternatives::{Alternative, Alternatives};
pub use any_json::AnyJson;
pub use events::{EventAnswer, Events};
pub use json_or_events::JsonOrEvents;
pub use kinds::{Answer, PlainAnswer};
pub use possible_answer::PossibleAnswer;
pub use redirect::Redirect;
pub use reply::Reply;
pub use send::Send;
