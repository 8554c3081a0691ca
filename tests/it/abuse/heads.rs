//! HTTP/1 abuse: oversized heads and request smuggling (RFC 9112 §6, §11.2).

use std::net::SocketAddr;
use std::sync::Arc;

use super::case::{Case, Seen};
use super::site::Counts;
use crate::wire::raw::Raw;

const POST: &str = "POST / HTTP/1.1\r\nhost: a\r\ncontent-type: application/json\r\n";
/// Bytes after a body, which are a request only for a server that ends the body too early.
const REST: &str = "GET /smuggled HTTP/1.1\r\nhost: a\r\n\r\n";

pub(super) const CASES: [Case; 15] = [
    Case::at_once("a head of 17 KiB", |address, counts| {
        say(address, counts, format!("GET / HTTP/1.1\r\nhost: a\r\nx: {}\r\n\r\n", x(17)))
    }),
    Case::at_once("101 headers", |address, counts| {
        let many = "x: y\r\n".repeat(100);
        say(address, counts, format!("GET / HTTP/1.1\r\nhost: a\r\n{many}\r\n"))
    }),
    Case::at_once("a target of 9 KiB", |address, counts| {
        say(
            address,
            counts,
            format!("GET /{} HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n", x(9)),
        )
    }),
    Case::at_once("a length of 2 MiB", |address, counts| {
        say(address, counts, format!("{POST}content-length: 2097152\r\n\r\n"))
    }),
    Case::at_once("a chunk with 17 KiB of extensions", |address, counts| {
        chunked(address, counts, &format!("1;{}\r\n[\r\n", x(17)))
    }),
    Case::at_once("17 KiB of trailers", |address, counts| {
        chunked(address, counts, &format!("2\r\n[]\r\n0\r\nx: {}\r\n\r\n", x(17)))
    }),
    Case::at_once("a chunk size that overflows", |address, counts| {
        chunked(address, counts, &format!("fffffffffffffffff\r\n{REST}"))
    }),
    Case::at_once("a chunk size with a sign", |address, counts| {
        chunked(address, counts, &format!("+2\r\n[]\r\n0\r\n\r\n{REST}"))
    }),
    Case::at_once("a length beside chunks", |address, counts| {
        let headers = "content-length: 4\r\ntransfer-encoding: chunked\r\n\r\n";
        say(address, counts, format!("{POST}{headers}2\r\n[]\r\n0\r\n\r\n{REST}"))
    }),
    Case::at_once("two lengths that differ", |address, counts| {
        say(
            address,
            counts,
            format!("{POST}content-length: 2\r\ncontent-length: 0\r\n\r\n[]{REST}"),
        )
    }),
    Case::at_once("a length with a sign", |address, counts| {
        say(address, counts, format!("{POST}content-length: +2\r\n\r\n[]{REST}"))
    }),
    Case::at_once("a coding after `chunked`", |address, counts| {
        let headers = "transfer-encoding: chunked, gzip\r\n\r\n";
        say(address, counts, format!("{POST}{headers}2\r\n[]\r\n0\r\n\r\n{REST}"))
    }),
    Case::at_once("a space before a colon", |address, counts| {
        let headers = "content-length : 2\r\n\r\n";
        say(address, counts, format!("{POST}{headers}[]{REST}"))
    }),
    Case::at_once("a folded header", |address, counts| {
        let headers = "x: y\r\n transfer-encoding: chunked\r\n\r\n";
        say(address, counts, format!("{POST}{headers}{REST}"))
    }),
    Case::at_once("chunks by HTTP/1.0", |address, counts| {
        let head = POST.replace("HTTP/1.1", "HTTP/1.0");
        let headers = "transfer-encoding: chunked\r\n\r\n";
        say(address, counts, format!("{head}{headers}2\r\n[]\r\n0\r\n\r\n{REST}"))
    }),
];

fn x(kib: usize) -> String {
    "x".repeat(kib * 1024)
}

fn chunked(address: SocketAddr, counts: Arc<Counts>, body: &str) -> Seen {
    say(address, counts, format!("{POST}transfer-encoding: chunked\r\n\r\n{body}"))
}

/// Sends the bytes and a FIN. Checks that there is one response and that the connection is closed.
fn say(address: SocketAddr, counts: Arc<Counts>, request: String) -> Seen {
    Box::pin(async move {
        let mut raw = Raw::connect(address).await;
        // The host may close the connection while the bytes are sent.
        let _ = raw.try_write(&request).await;
        let head = raw.try_head().await;
        let rest = String::from_utf8_lossy(&raw.until_end().await).into_owned();
        assert_eq!((rest.matches("HTTP/1.").count(), counts.smuggled()), (0, 0), "{rest}");
        let status = head.map(|head| head.status());
        match status {
            Some(204) => "gets one answer, and is closed".to_owned(),
            Some(status) => format!("gets a {status}, and is closed"),
            None => "is closed".to_owned(),
        }
    })
}
