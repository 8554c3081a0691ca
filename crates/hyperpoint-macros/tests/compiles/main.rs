//! What users write and what must go on compiling, in a crate as strict as any: streams that
//! borrow, errors through `?`, structs of every shape, names that clash.

#![forbid(unsafe_code)]
#![deny(warnings, clippy::all, clippy::pedantic)]
#![expect(
    clippy::ignored_unit_patterns,
    reason = "an endpoint without a request takes `_`"
)]

/// The path of an endpoint, which is of no interest here.
macro_rules! at {
    ($path:literal) => {
        fn configure(config: &mut Config) {
            config.get($path);
            config.allow_anonymous();
        }
    };
}

mod borrowing_streams;
mod combinators;
mod fallible_streams;
mod errors;
mod shapes;
mod names;

use std::sync::Arc;

use hyperpoint::Host;

/// Every endpoint above is found and built, so that each case stands for a whole endpoint.
#[test]
fn all_of_them_are_found_and_built() {
    let host = Host::new()
        .service(Arc::new(String::from("one")))
        .service(Arc::new(vec![1_u32, 2, 3]))
        .service::<dyn shapes::Clock>(Arc::new(shapes::Wall))
        .endpoint::<shapes::Listing<u32>>()
        .endpoint::<shapes::Window<3>>();
    let report = host.build().map(|_| ()).map_err(|error| error.to_string());
    assert_eq!(report, Ok(()));
}
