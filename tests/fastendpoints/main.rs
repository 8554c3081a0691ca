//! FastEndpoints' test application: `cargo run -p fastendpoints-application -- --bind 127.0.0.1:0`.

use std::process::ExitCode;

use fastendpoints_application::application;

const USAGE: &str = "usage: fastendpoints-application [--bind ADDR]   (default 127.0.0.1:8080)";

#[tokio::main]
async fn main() -> ExitCode {
    match run().await {
        Ok(()) => ExitCode::SUCCESS,
        Err(text) => {
            eprintln!("{text}");
            ExitCode::FAILURE
        }
    }
}

async fn run() -> Result<(), String> {
    let mut address = "127.0.0.1:8080".to_owned();
    let mut arguments = std::env::args().skip(1);
    while let Some(argument) = arguments.next() {
        match (argument.as_str(), arguments.next()) {
            ("--bind", Some(value)) => address = value,
            _ => return Err(USAGE.to_owned()),
        }
    }
    let running = application().bind(address).start().await.map_err(|error| error.to_string())?;
    println!("listening on http://{}", running.address());
    running.until_signal().await.map_err(|error| error.to_string())
}
