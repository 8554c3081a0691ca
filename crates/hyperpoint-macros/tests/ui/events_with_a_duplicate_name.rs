use hyperpoint::prelude::*;

#[derive(Serialize, JsonSchema, Events)]
enum OrderEvent {
    Placed,
    #[event("placed")]
    Sent,
}

fn main() {}
