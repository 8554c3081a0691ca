use hyperpoint::prelude::*;

#[derive(Serialize, JsonSchema, Events)]
enum OrderEvent {
    Placed {
        #[event(id)]
        number: u64,
        #[event(id)]
        customer: u64,
    },
}

fn main() {}
