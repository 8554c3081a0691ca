//! The server as its clients use it, over a socket.
#![expect(clippy::unwrap_used, reason = "a failing call fails its test")]

use std::net::SocketAddr;

use example_axum::{Reading, Server};
use hyperpoint::http::{Method, StatusCode};
use hyperpoint_testing::Client;
use tokio::net::TcpListener;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

/// Serves the application, until the sender is used.
async fn serve() -> (SocketAddr, oneshot::Sender<()>, JoinHandle<()>) {
    let server = Server::build().unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let (sender, receiver) = oneshot::channel::<()>();
    let stop = server.stop();
    let stopped = async move {
        receiver.await.unwrap();
        stop();
    };
    let serving = axum::serve(listener, server.router).with_graceful_shutdown(stopped);
    (address, sender, tokio::spawn(async move { serving.await.unwrap() }))
}

async fn publish(client: &Client, celsius: f32) {
    let call = client.call(Method::POST, "/readings").json(&Reading { celsius });
    assert_eq!(call.await.unwrap().status(), StatusCode::NO_CONTENT);
}

#[tokio::test]
async fn a_client_of_the_route_of_axum_resumes_after_its_last_event() {
    let (address, _stop, _serves) = serve().await;
    let client = Client::http1(address);
    let mut readings = client.events("/readings").await.unwrap();
    assert_eq!(readings.next().await.unwrap().name, "ready");
    publish(&client, 20.5).await;
    assert_eq!(readings.next().await.unwrap().data, r#"{"celsius":20.5}"#);
    client.cut().await;
    publish(&client, 21.0).await;
    publish(&client, 22.0).await;
    readings.reconnect().await.unwrap();
    assert_eq!(readings.next().await.unwrap().name, "ready");
    for celsius in ["21.0", "22.0"] {
        let event = readings.next().await.unwrap();
        assert_eq!(
            (event.name.as_str(), event.data),
            ("reading", format!("{{\"celsius\":{celsius}}}"))
        );
    }
}

#[tokio::test]
async fn endpoints_share_the_state_of_axum_and_refuse_with_problems() {
    let (address, _stop, _serves) = serve().await;
    let client = Client::http1(address);
    let missing = client.call(Method::GET, "/highest").await.unwrap();
    assert_eq!(missing.status(), StatusCode::NOT_FOUND);
    let mut warnings = client.events("/warnings").await.unwrap();
    assert_eq!(warnings.next().await.unwrap().name, "ready");
    for celsius in [19.0, 35.0, 20.0] {
        publish(&client, celsius).await;
    }
    assert_eq!(warnings.next().await.unwrap().data, r#"{"celsius":35.0}"#);
    let highest = client.call(Method::GET, "/highest").await.unwrap();
    assert_eq!(highest.text(), r#"{"celsius":35.0}"#);
    let unknown = client.call(Method::GET, "/unknown").await.unwrap();
    assert_eq!(unknown.header("content-type"), Some("application/problem+json"));
}

#[tokio::test]
async fn a_stop_asks_the_clients_of_both_to_reconnect() {
    let (address, stop, serves) = serve().await;
    let client = Client::http1(address);
    let mut streams = Vec::new();
    for path in ["/readings", "/warnings"] {
        let mut stream = client.events(path).await.unwrap();
        assert_eq!(stream.next().await.unwrap().name, "ready");
        streams.push(stream);
    }
    stop.send(()).unwrap();
    for stream in &mut streams {
        assert_eq!(stream.next().await.unwrap().name, "reconnect");
        stream.ended().await.unwrap();
    }
    drop(streams);
    client.close().await;
    serves.await.unwrap();
}
