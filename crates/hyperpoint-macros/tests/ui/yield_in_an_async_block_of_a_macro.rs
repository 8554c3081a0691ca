//! No parser sees this `yield`.

use hyperpoint::prelude::*;

fn numbers() -> impl Stream<Item = u32> {
    stream! {
        yield 1;
        tokio::join!(async { yield 2; });
    }
}

fn main() {
    let _ = numbers();
}
