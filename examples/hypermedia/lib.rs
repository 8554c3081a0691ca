//! A poll on two pages, one with htmx and one with Datastar. A vote on one is seen on both: each page
//! follows a topic whose events are fragments of HTML.

#![expect(missing_debug_implementations, reason = "endpoints are not printed")]

pub mod datastar;

mod poll;
pub mod pages;
mod application;

pub use application::{Scripts, application};
pub use poll::{Drink, Poll};
