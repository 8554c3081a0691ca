//! A test suite for implementations of [`Backplane`](crate::Backplane). It checks guarantees of the
//! trait, and panics if one does not hold.

mod engine;
mod steps;
mod delivery;
mod pages;
mod generations;
mod deletion;
mod keys;
mod suite;

pub use engine::Engine;
pub use suite::check;
