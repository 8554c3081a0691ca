use hyperpoint::prelude::*;

#[derive(Serialize, JsonSchema, Events)]
enum OrderEvent {
    #[event("placed")]
    #[event("ordered")]
    Placed,
}

fn main() {}
