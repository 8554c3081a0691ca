use hyperpoint::prelude::*;

#[derive(Serialize, JsonSchema, Events)]
enum OrderEvent {
    Placed,
    Done,
}

fn main() {}
