//! User code that must compile, in a crate with strict lints: streams that borrow, errors through
//! `?`, structs of every shape, names that clash.

#![forbid(unsafe_code)]
#![deny(warnings, clippy::all, clippy::pedantic)]

/// Writes the `configure` of an endpoint at this path; no test depends on its configuration.
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
fn every_endpoint_of_this_crate_is_registered_and_built() {
    check_builds(with_services(Host::new()));
}

#[test]
fn an_instance_of_a_generic_endpoint_is_added_by_hand() {
    check_builds(with_services(Host::empty()).endpoint::<shapes::Listing<u32>>());
    check_builds(with_services(Host::empty()).endpoint::<shapes::Window<3>>());
}

#[test]
fn every_field_without_a_service_is_reported() {
    let report = Host::new().build().map(|_| ());
    let errors = report.unwrap_err().config_errors().join("\n");
    for (endpoint, field) in [
        ("shapes::Tuple", "`0`"),
        ("shapes::Tuple", "`1`"),
        ("shapes::TraitObject", "`clock`"),
        ("shapes::Attributed", "`type_c`"),
        ("names::hostile::Registration", "`field_1`"),
    ] {
        let is_reported = |line: &str| line.contains(endpoint) && line.contains(field);
        assert!(errors.lines().any(is_reported), "{endpoint} {field} in\n{errors}");
    }
}
