use hyperpoint::prelude::*;

#[derive(Serialize, JsonSchema, Events)]
enum OrderEvent {
    #[event("one\ntwo")]
    Placed,
}

fn main() {}
