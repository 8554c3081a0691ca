use hyperpoint::prelude::*;

#[derive(Serialize, JsonSchema, Events)]
#[event(rename_all = "snake_case")]
enum OrderEvent {
    #[events("placed")]
    Placed,
}

fn main() {}
