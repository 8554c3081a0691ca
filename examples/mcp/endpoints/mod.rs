//! The tools that are endpoints.

mod content;
mod arguments;
mod progress;

pub(crate) use arguments::{Contact, InRegion};
pub(crate) use content::{Audio, Failing, Image, PIXEL, SimpleText};
pub(crate) use progress::{STEPS, WithProgress};
