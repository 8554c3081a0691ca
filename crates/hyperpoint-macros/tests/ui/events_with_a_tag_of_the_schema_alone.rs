use hyperpoint::prelude::*;

#[derive(Serialize, JsonSchema, Events)]
#[schemars(tag = "kind")]
enum OrderEvent {
    Placed { number: u64 },
}

fn main() {}
