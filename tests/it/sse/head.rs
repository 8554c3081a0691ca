//! The head of a stream: lines 1, 17, 18.

use futures_util::stream;
use hyperpoint::StreamItem;

use crate::wire::h2::Http2;
use crate::wire::memory::Memory;
use crate::wire::raw::Raw;
use crate::wire::scripted;

fn silent() -> hyperpoint::Host {
    scripted(|cx| {
        let silent = stream::pending::<StreamItem>();
        Box::pin(async move { cx.send.stream_items_async(silent).await })
    })
}

#[tokio::test]
async fn line_17_the_head_is_sent_before_the_first_event() {
    let host = silent().start().await.unwrap();
    let mut http1 = Raw::get(host.address(), "/s").await;
    assert_eq!(http1.head().await.status(), 200);
    let mut http2 = Http2::connect(host.address()).await;
    assert_eq!(http2.get("/s").await.head.status, 200);
    let memory = Memory::get(silent(), "/s").await;
    assert_eq!(memory.head.status, 200);
}
