//! The start-up error of a host without endpoints. A separate binary, because it must link none.

use hyperpoint::Host;

#[test]
fn a_host_without_linked_endpoints_says_how_to_link_them() {
    insta::assert_debug_snapshot!(Host::new().build().unwrap_err(), @"
    the host can't start: 1 configuration error
      - no endpoint was found: a crate of endpoints is linked only if the program names it; write `use its_name as _;` in `main.rs`, or `#[derive(Endpoint)]` on a struct
    ");
}
