use hyperpoint::prelude::*;

#[derive(Serialize, JsonSchema, Events)]
#[events(rename_all = "Kebab")]
enum OrderEvent {
    Placed,
}

fn main() {}
