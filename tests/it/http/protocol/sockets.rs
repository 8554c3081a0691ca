//! Unix domain sockets, inherited sockets, and client addresses from a trusted proxy.

use std::io::{Read, Write};
use std::os::unix::net::UnixStream;

use hyperpoint::Running;
use hyperpoint::prelude::*;
use tempfile::TempDir;

use crate::http::{endpoint, talk};

endpoint! {
    Who: () => ();
    |config| {
        config.get("/who");
        config.allow_anonymous();
    }
    |(), cx| {
        let peer = cx.peer.map_or("nobody".to_owned(), |peer| peer.address.ip().to_string());
        cx.send.string_async(peer).await
    }
}

fn host() -> Host {
    Host::empty().endpoint::<Who>()
}

fn request(headers: &str) -> String {
    format!("GET /who HTTP/1.1\r\nhost: a\r\nconnection: close\r\n{headers}\r\n")
}

/// Sends a request over a Unix domain socket and returns the last line of the response.
async fn ask(path: &str, headers: &str) -> String {
    let (path, request) = (path.to_owned(), request(headers));
    let answer = tokio::task::spawn_blocking(move || {
        let mut socket = UnixStream::connect(path).unwrap();
        socket.write_all(request.as_bytes()).unwrap();
        let mut answer = String::new();
        socket.read_to_string(&mut answer).unwrap();
        answer
    });
    answer.await.unwrap().lines().last().unwrap().to_owned()
}

async fn bind(path: &str) -> Result<Running, HostError> {
    host().bind(format!("unix:{path}")).start().await
}

#[tokio::test]
async fn a_unix_domain_socket_is_served_and_removed_at_the_end() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("http.sock").display().to_string();
    let running = bind(&path).await.unwrap();
    assert_eq!(running.url(), format!("unix:{path}"));
    assert_eq!(ask(&path, "").await, "nobody");
    let taken = bind(&path).await.unwrap_err();
    assert!(format!("{taken:?}").contains("the address is in use"), "{taken:?}");
    running.stop().await;
    assert!(!std::path::Path::new(&path).exists());
}

#[tokio::test]
async fn a_socket_file_left_by_an_earlier_process_is_replaced() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("http.sock").display().to_string();
    drop(std::os::unix::net::UnixListener::bind(&path).unwrap());
    let _running = bind(&path).await.unwrap();
    assert_eq!(ask(&path, "").await, "nobody");
    let file = folder.path().join("file").display().to_string();
    std::fs::write(&file, "no socket").unwrap();
    assert!(bind(&file).await.is_err());
    assert_eq!(std::fs::read_to_string(&file).unwrap(), "no socket");
}

#[tokio::test]
async fn a_socket_is_handed_over_without_refusing_a_client() {
    let socket = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = socket.local_addr().unwrap();
    for _ in 0..3 {
        let running = host().listener(socket.try_clone().unwrap()).start().await.unwrap();
        assert!(talk(address, request("")).await.ends_with("\n\n127.0.0.1"));
        running.stop().await;
        // The connection is in the accept queue, and the next process accepts it.
        let waits = tokio::spawn(talk(address, request("")));
        let next = host().listener(socket.try_clone().unwrap()).start().await.unwrap();
        assert!(waits.await.unwrap().ends_with("\n\n127.0.0.1"));
        next.stop().await;
    }
}

#[tokio::test]
async fn without_a_systemd_socket_the_error_says_what_to_do() {
    let error = host().bind("systemd").start().await.unwrap_err();
    assert_eq!(
        format!("{error:?}"),
        "the host is bound to `systemd`, but the process received no socket: start it with a `.socket` \
         unit, or bind an address such as 127.0.0.1:8080"
    );
}

#[tokio::test]
async fn only_a_trusted_proxy_determines_the_client_address() {
    let headers = "x-forwarded-for: 1.1.1.1, 192.0.2.7\r\nforwarded: for=192.0.2.8\r\n";
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("http.sock").display().to_string();
    let nobody = host().bind("127.0.0.1:0").start().await.unwrap();
    assert!(talk(nobody.address(), request(headers)).await.ends_with("\n127.0.0.1"));
    let one = host().trust_x_forwarded_for(["127.0.0.0/8"]).bind("127.0.0.1:0");
    let one = one.start().await.unwrap();
    assert!(talk(one.address(), request(headers)).await.ends_with("\n192.0.2.7"));
    let other = host().trust_forwarded(["::/0"]).bind("127.0.0.1:0").start().await.unwrap();
    assert!(talk(other.address(), request(headers)).await.ends_with("\n192.0.2.8"));
    let unix = host().trust_x_forwarded_for(["unix"]).bind(format!("unix:{path}"));
    let _unix = unix.start().await.unwrap();
    assert_eq!(ask(&path, headers).await, "192.0.2.7");
}

#[test]
fn an_invalid_network_is_reported_at_start_up() {
    let error = host().trust_forwarded(["10.0.0.0/33", "unix"]).build().unwrap_err();
    assert_eq!(
        error.config_errors(),
        [
            "the host's `trust_forwarded`: `10.0.0.0/33` is not a network: write one such as 10.0.0.0/8 \
          or fd00::/8, an address, or unix"
        ]
    );
}
