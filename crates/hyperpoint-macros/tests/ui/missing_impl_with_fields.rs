use hyperpoint::prelude::*;

#[derive(Endpoint)]
struct Ping {
    seen: Arc<u32>,
}

fn main() {}
