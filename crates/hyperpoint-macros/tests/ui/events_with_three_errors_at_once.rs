use hyperpoint::prelude::*;

#[derive(Serialize, JsonSchema, Events)]
#[events(rename = "order")]
#[serde(untagged)]
enum OrderEvent {
    #[event(placed)]
    Placed,
}

fn main() {}
