//! The contract of the API: `openapi.json` beside this folder is what clients are generated from.

use std::sync::Arc;

use example_llm::{Echo, application};
use hyperpoint::Host;
use hyperpoint::openapi::DescribeApplication;

#[test]
fn the_contract_is_that_of_the_repository() {
    let host = application(Host::new(), Arc::new(Echo::default()), |keys| keys);
    let document = host.build().unwrap().openapi();
    let differences = document.differences(include_str!("../openapi.json"));
    assert!(
        differences.is_empty(),
        "the contract has changed:\n{}\nIf it should, type: cargo run --example llm -- --openapi > \
         examples/llm/openapi.json",
        differences.join("\n")
    );
}
