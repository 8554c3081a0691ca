//! What a host says that finds no endpoint. A binary of its own, since it must link none.

use hyperpoint::Host;

#[test]
fn a_host_that_finds_nothing_says_how_endpoints_are_linked() {
    insta::assert_debug_snapshot!(Host::new().build().unwrap_err(), @"
    the host can't start: 1 mistake
      - no endpoint was found: a crate of endpoints is linked only if the program names it; write `use its_name as _;` in `main.rs`, or `#[derive(Endpoint)]` on a struct
    ");
}
