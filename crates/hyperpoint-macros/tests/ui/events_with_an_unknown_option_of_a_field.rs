use hyperpoint::prelude::*;

#[derive(Serialize, JsonSchema, Events)]
enum OrderEvent {
    Placed {
        #[event(retry)]
        number: u64,
    },
}

fn main() {}
