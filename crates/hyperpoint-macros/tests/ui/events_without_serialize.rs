use hyperpoint::prelude::*;

#[derive(Events)]
enum OrderEvent {
    Placed,
}

fn main() {}
