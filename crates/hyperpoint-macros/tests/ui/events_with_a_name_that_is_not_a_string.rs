use hyperpoint::prelude::*;

#[derive(Serialize, JsonSchema, Events)]
enum OrderEvent {
    #[event(placed)]
    Placed,
}

fn main() {}
