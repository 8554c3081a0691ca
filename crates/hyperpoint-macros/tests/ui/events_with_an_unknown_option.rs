use hyperpoint::prelude::*;

#[derive(Serialize, JsonSchema, Events)]
#[events(rename = "order")]
enum OrderEvent {
    Placed,
}

fn main() {}
