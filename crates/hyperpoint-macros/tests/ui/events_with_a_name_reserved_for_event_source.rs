use hyperpoint::prelude::*;

#[derive(Serialize, JsonSchema, Events)]
enum OrderEvent {
    Placed,
    #[event("error")]
    Failed,
}

fn main() {}
