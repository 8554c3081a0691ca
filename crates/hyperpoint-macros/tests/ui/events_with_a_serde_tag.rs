use hyperpoint::prelude::*;

#[derive(Serialize, JsonSchema, Events)]
#[serde(tag = "kind")]
enum OrderEvent {
    Placed { number: u64 },
}

fn main() {}
