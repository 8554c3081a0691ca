//! The server on Hyperpoint, with its default options. With `--patient`, it does not disconnect
//! clients that never read. With `--workers N`, it has N worker threads.

mod endpoints;

use std::time::Duration;

use hyperpoint::prelude::*;
use hyperpoint_bench::{address, announce, runtime};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    // Keeps clients that never read, so that the bench can measure their cost.
    let is_patient = std::env::args().any(|argument| argument == "--patient");
    let host = Host::new().bind(address()).options(|options| {
        if is_patient {
            options.write_stall = Duration::from_hours(1);
        }
    });
    runtime()?.block_on(async {
        let host = host.start().await?;
        announce(host.address());
        Ok(host.until_signal().await?)
    })
}
