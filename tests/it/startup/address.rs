//! Addresses that a host cannot listen on.

use std::net::TcpListener;

use hyperpoint::prelude::*;
use insta::assert_debug_snapshot;

use super::routed::routed;

routed!(Root, |config| config.get("/"));

fn host() -> Host {
    Host::empty().endpoint::<Root>()
}

#[tokio::test]
async fn an_invalid_address_is_reported_with_what_to_write() {
    for text in ["8080", "", "127.0.0.1:99999", "http://127.0.0.1:80"] {
        let error = host().bind(text).start().await.unwrap_err();
        let expected = format!("`{text}` is not an address; write one such as 127.0.0.1:8080");
        assert_eq!(format!("{error:?}"), expected);
    }
}

#[tokio::test]
async fn a_port_in_use_is_reported_with_what_to_do() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let error = host().bind(&*address).start().await.unwrap_err();
    let text = format!("{error:?}").replace(&address, "ADDRESS");
    assert!(!text.contains('\n'), "{text}");
    assert_debug_snapshot!(text, @r#""can't listen on ADDRESS: the address is in use; stop the other process, or bind another address (port 0 picks a free one)""#);
    assert!(std::error::Error::source(&error).is_some());
    assert!(error.config_errors().is_empty());
}

#[tokio::test]
async fn an_address_of_another_machine_is_an_error() {
    let error = host().bind("192.0.2.1:0").start().await.unwrap_err();
    assert!(format!("{error:?}").starts_with("can't listen on 192.0.2.1:0: "), "{error:?}");
}

#[tokio::test]
async fn port_0_selects_a_free_port() {
    let (one, other) =
        tokio::join!(host().bind("127.0.0.1:0").start(), host().bind("localhost:0").start());
    let (one, other) = (one.unwrap(), other.unwrap());
    assert_ne!(one.address().port(), 0);
    assert_ne!(one.address(), other.address());
}
