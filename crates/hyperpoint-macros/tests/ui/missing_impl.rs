use hyperpoint::prelude::*;

#[derive(Endpoint)]
struct Ping;

fn main() {}
