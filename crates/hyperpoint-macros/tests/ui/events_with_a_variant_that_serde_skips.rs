use hyperpoint::prelude::*;

#[derive(Serialize, JsonSchema, Events)]
enum OrderEvent {
    Placed,
    #[serde(skip)]
    Sent,
}

fn main() {}
