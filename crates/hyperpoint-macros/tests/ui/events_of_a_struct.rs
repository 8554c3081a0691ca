use hyperpoint::prelude::*;

#[derive(Serialize, JsonSchema, Events)]
struct Placed {
    number: u64,
}

fn main() {}
