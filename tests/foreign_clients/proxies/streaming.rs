//! The requirements on a proxy for event streams.

use std::time::Duration;

use futures_util::future::join;
use serde_json::json;
use tokio::time::timeout;

use super::client::Client;
use super::proxied_host::ProxiedHost;
use super::proxy::{Proxy, Recipe};

const DEADLINE: Duration = Duration::from_secs(15);
/// More keep-alives than fit into the proxies' timeout, at 400 ms each.
const KEEP_ALIVES: usize = 8;

const NGINX: Recipe = Recipe {
    program: "nginx",
    config: "nginx.conf",
    changes: &[
        ("listen 443 ssl", "listen 127.0.0.1:PORT ssl"),
        ("server 127.0.0.1:8080", "server HOST"),
        ("/etc/ssl/", "FOLDER/"),
        ("proxy_read_timeout 60s", "proxy_read_timeout 2s"),
        // As many connections as one test needs, and files in a world-writable folder.
        (
            "worker_processes auto",
            "daemon off; master_process off; pid FOLDER/pid; worker_processes 1",
        ),
        ("worker_rlimit_nofile 65536;", ""),
        ("worker_connections 32768", "worker_connections 64"),
        (
            "http {",
            "http { access_log off; client_body_temp_path FOLDER/body; proxy_temp_path FOLDER/proxy; \
             fastcgi_temp_path FOLDER/fastcgi; uwsgi_temp_path FOLDER/uwsgi; \
             scgi_temp_path FOLDER/scgi;",
        ),
    ],
    arguments: &["-e", "FOLDER/error", "-c", "FOLDER/nginx.conf"],
};

const HAPROXY: Recipe = Recipe {
    program: "haproxy",
    config: "haproxy.cfg",
    changes: &[
        ("bind :443", "bind 127.0.0.1:PORT"),
        ("server app1 127.0.0.1:8080", "server app1 HOST"),
        ("/etc/haproxy/app.pem", "FOLDER/both.pem"),
        ("timeout client 60s", "timeout client 2s"),
        ("timeout server 60s", "timeout server 2s"),
        ("maxconn 32000", "maxconn 64"),
    ],
    arguments: &["-db", "-q", "-f", "FOLDER/haproxy.cfg"],
};

const CADDY: Recipe = Recipe {
    program: "caddy",
    config: "Caddyfile",
    changes: &[
        (
            "https://app.example:443 {",
            "{\n admin off\n skip_install_trust\n auto_https disable_redirects\n}\nhttps://app.example:PORT {",
        ),
        ("reverse_proxy 127.0.0.1:8080", "reverse_proxy HOST"),
        ("/etc/caddy/", "FOLDER/"),
    ],
    arguments: &["run", "--config", "FOLDER/Caddyfile", "--adapter", "caddyfile"],
};

/// Checks a stream through this proxy, over this protocol: events arrive as they are sent, the
/// client's headers arrive, and a disconnect is noticed.
async fn stream_passes(recipe: Recipe, protocol: &str) {
    let mut stage = ProxiedHost::start().await;
    let proxy = Proxy::start(recipe, stage.host.address()).await;
    let mut client = Client::open(proxy.port, protocol, "/beating");
    // The event arrives while the stream is open, with the client's address, whatever the client
    // claims.
    assert_eq!(client.data().await, json!({ "last": "that-one", "peer": "127.0.0.2" }));
    let mut beats = 0;
    while beats < KEEP_ALIVES {
        let line = client.line().await;
        assert!(line.is_some(), "the stream ended after {beats} keep-alives");
        beats += usize::from(line.is_some_and(|line| line == ":"));
    }
    stage.cues.go_on.notify_one();
    assert_eq!(client.data().await, json!("second"));
    client.leave().await;
    let left = timeout(DEADLINE, stage.leaves.recv()).await;
    assert_eq!(left, Ok(Some(())), "the host does not notice that a client disconnected");
}

/// Checks that this proxy closes a stream without keep-alives, so that it is keep-alives that hold
/// one open.
async fn silence_is_closed(recipe: Recipe) {
    let stage = ProxiedHost::start().await;
    let proxy = Proxy::start(recipe, stage.host.address()).await;
    let mut client = Client::open(proxy.port, "--http1.1", "/silent");
    assert_eq!(client.data().await, json!(1));
    while client.line().await.is_some() {}
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn streams_pass_nginx() {
    let both = join(stream_passes(NGINX, "--http1.1"), stream_passes(NGINX, "--http2"));
    join(both, silence_is_closed(NGINX)).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn streams_pass_haproxy() {
    let both = join(stream_passes(HAPROXY, "--http1.1"), stream_passes(HAPROXY, "--http2"));
    join(both, silence_is_closed(HAPROXY)).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn streams_pass_caddy() {
    join(stream_passes(CADDY, "--http1.1"), stream_passes(CADDY, "--http2")).await;
}
