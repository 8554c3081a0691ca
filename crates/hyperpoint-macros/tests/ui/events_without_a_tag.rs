use hyperpoint::prelude::*;

#[derive(Serialize, JsonSchema, Events)]
#[serde(untagged)]
enum OrderEvent {
    Placed { number: u64 },
}

fn main() {}
