//! The contract of the API: `openapi.json` beside this folder is what clients are generated from.

use hyperpoint::openapi::DescribeApplication;
use orders_api::{Store, application};

#[tokio::test]
async fn the_contract_is_that_of_the_repository() {
    let document = application(Store::in_memory().unwrap()).build().unwrap().openapi();
    let differences = document.differences(include_str!("../openapi.json"));
    assert!(
        differences.is_empty(),
        "the contract has changed:\n{}\nIf it should, type: cargo run --example orders -- --openapi > \
         examples/orders/openapi.json",
        differences.join("\n")
    );
}
