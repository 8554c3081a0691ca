//! Run `cargo run --example axum-app`, then open <http://127.0.0.1:8080>.

use example_axum::Server;
use tokio::net::TcpListener;

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let server = Server::build()?;
    let listener = TcpListener::bind("127.0.0.1:8080").await?;
    println!("listening on http://{}", listener.local_addr()?);
    let stop = server.stop();
    let stopped = async move {
        // An error means that there is no signal to wait for.
        if tokio::signal::ctrl_c().await.is_ok() {
            stop();
        }
    };
    axum::serve(listener, server.router).with_graceful_shutdown(stopped).await?;
    Ok(())
}
