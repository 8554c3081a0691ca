//! The derive macros of Hyperpoint. They append to what the user wrote and never rewrite it.
//!
//! Users find them in the `hyperpoint` crate. This crate knows none of the others; what it writes
//! names them through `::hyperpoint::__private`.

mod parse;
mod expand;

use proc_macro::TokenStream;
use syn::{DeriveInput, parse_macro_input};

/// Builds an endpoint from the registered services, and registers it.
///
/// Each field is a service, resolved once at start-up; a missing one is a start-up error. The
/// registration is found by every host of a program that links the crate.
///
/// A generic endpoint can't be found by itself. `#[endpoint(by_hand)]` only builds; add each
/// instance with `Host::endpoint::<E>()`.
///
/// # Example
///
/// ```
/// use hyperpoint::prelude::*;
///
/// struct Greetings(&'static str);
///
/// #[derive(Endpoint)]
/// struct Greet {
///     greetings: Arc<Greetings>,
/// }
///
/// impl Endpoint for Greet {
///     type Request = ();
///     type Response = ();
///
///     fn configure(config: &mut Config) {
///         config.get("/greet");
///         config.allow_anonymous();
///     }
///
///     async fn handle(&self, _: (), cx: Cx<'_, Self>) -> Result {
///         cx.send.string_async(self.greetings.0).await
///     }
/// }
/// # fn main() {}
/// ```
#[proc_macro_derive(Endpoint, attributes(endpoint))]
pub fn derive_endpoint(input: TokenStream) -> TokenStream {
    let input = parse_macro_input!(input as DeriveInput);
    let (endpoint, mistakes) = parse::endpoint(&input);
    expand::endpoint(&endpoint, mistakes).into()
}
