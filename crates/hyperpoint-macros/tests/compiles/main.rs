//! What users write and what must go on compiling, in a crate as strict as any: streams that
//! borrow, errors through `?`, structs of every shape, names that clash.

#![forbid(unsafe_code)]
#![deny(warnings, clippy::all, clippy::pedantic)]
#![expect(clippy::ignored_unit_patterns, reason = "an endpoint without a request takes `_`")]

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
mod events;

use std::sync::Arc;

use hyperpoint::Host;

fn with_services(host: Host) -> Host {
    host.service(Arc::new(String::from("one")))
        .service(Arc::new(vec![1_u32, 2, 3]))
        .service::<dyn shapes::Clock>(Arc::new(shapes::Wall))
}

#[track_caller]
fn check_builds(host: Host) {
    let report = host.build().map(|_| ()).map_err(|error| error.to_string());
    assert_eq!(report, Ok(()));
}

#[test]
fn every_endpoint_here_is_found_and_built() {
    check_builds(with_services(Host::new()));
}

#[test]
fn a_generic_endpoint_is_built_by_hand() {
    check_builds(with_services(Host::empty()).endpoint::<shapes::Listing<u32>>());
    check_builds(with_services(Host::empty()).endpoint::<shapes::Window<3>>());
}

#[test]
fn every_field_without_a_service_is_told() {
    let report = Host::new().build().map(|_| ());
    let mistakes = report.unwrap_err().mistakes().join("\n");
    for (endpoint, field) in [
        ("shapes::Tuple", "`0`"),
        ("shapes::Tuple", "`1`"),
        ("shapes::BehindATrait", "`clock`"),
        ("shapes::Attributed", "`type_c`"),
        ("names::hostile::Registration", "`field_1`"),
    ] {
        let told = |line: &str| line.contains(endpoint) && line.contains(field);
        assert!(mistakes.lines().any(told), "{endpoint} {field} in\n{mistakes}");
    }
}
