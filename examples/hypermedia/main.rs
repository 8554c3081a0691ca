//! Run `cargo run --example hypermedia`, then open <http://127.0.0.1:8080> in two tabs.

use std::process::ExitCode;
use std::time::Duration;

use example_hypermedia::{Scripts, application};
use hyperpoint::HostError;

const USAGE: &str = "usage: hypermedia [--bind ADDR] [--scripts FOLDER]

  --bind ADDR       where to listen (default: 127.0.0.1:8080)
  --scripts FOLDER  serves htmx.min.js, sse.min.js and datastar.js of this folder, for a browser
                    without a network (default: the pages load them from jsDelivr)";

#[tokio::main]
async fn main() -> ExitCode {
    let (mut address, mut scripts) = ("127.0.0.1:8080".to_owned(), Scripts::default());
    let mut arguments = std::env::args().skip(1);
    while let Some(argument) = arguments.next() {
        match (argument.as_str(), arguments.next()) {
            ("--bind", Some(value)) => address = value,
            ("--scripts", Some(folder)) => match Scripts::in_folder(folder) {
                Ok(found) => scripts = found,
                Err(error) => {
                    eprintln!("{error}");
                    return ExitCode::FAILURE;
                }
            },
            _ => {
                eprintln!("{USAGE}");
                return ExitCode::FAILURE;
            }
        }
    }
    match serve(address, scripts).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

async fn serve(address: String, scripts: Scripts) -> Result<(), HostError> {
    let host = application(scripts);
    let host = host.options(|options| options.drain_window = Duration::from_secs(2));
    let running = host.bind(address).start().await?;
    println!("listening on {}", running.url());
    running.until_signal().await
}
