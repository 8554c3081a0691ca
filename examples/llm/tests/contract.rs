//! The contract of the API: `openapi.json` beside this folder is what clients are generated from.

use std::sync::Arc;

use example_llm::model::Role;
use example_llm::{Echo, application};
use hyperpoint::Host;
use hyperpoint::openapi::DescribeApplication;
use serde_json::{Value, json};

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

#[test]
fn the_contract_has_each_role_that_is_accepted() {
    let contract: Value = serde_json::from_str(include_str!("../openapi.json")).unwrap();
    let roles = contract["components"]["schemas"]["Role"]["oneOf"].as_array().unwrap();
    for role in ["system", "developer", "user", "assistant"] {
        assert!(serde_json::from_value::<Role>(json!(role)).is_ok(), "{role}");
        assert!(roles.iter().any(|schema| schema["const"] == role), "{role} is not in {roles:?}");
    }
}
