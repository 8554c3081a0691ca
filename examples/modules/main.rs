//! The example of modules: `cargo run --example modules`.
//!
//! The endpoints are in two library crates. The linker leaves out a crate that the program does not
//! name, and its endpoints with it, so each crate is named once: by using an item from it, or with
//! `use … as _;`.

use std::sync::Arc;

use accounts as _;
use billing::Invoices;
use hyperpoint::{Host, HostError};

#[tokio::main]
async fn main() -> Result<(), HostError> {
    let mut arguments = std::env::args().skip_while(|argument| argument != "--bind").skip(1);
    let address = arguments.next().unwrap_or_else(|| "127.0.0.1:8080".to_owned());
    let host = Host::new().service(Arc::new(Invoices::default())).bind(address).start().await?;
    println!("listening on http://{}", host.address());
    host.until_signal().await
}
