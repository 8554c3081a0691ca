use hyperpoint::prelude::*;

#[derive(Serialize, JsonSchema, Events)]
enum OrderEvent {}

fn main() {}
