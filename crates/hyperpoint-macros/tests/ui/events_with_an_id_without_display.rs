use hyperpoint::prelude::*;

#[derive(Serialize, JsonSchema)]
struct Number(u64);

#[derive(Serialize, JsonSchema, Events)]
enum OrderEvent {
    Placed {
        #[event(id)]
        number: Number,
    },
}

fn main() {}
