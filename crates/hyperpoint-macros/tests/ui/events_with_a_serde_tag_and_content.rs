use hyperpoint::prelude::*;

#[derive(Serialize, JsonSchema, Events)]
#[serde(tag = "kind", content = "data")]
enum OrderEvent {
    Placed { number: u64 },
}

fn main() {}
