//! `GET /api/test-cases/range`

use hyperpoint::prelude::*;

#[derive(Endpoint)]
struct ByteRange;

impl Endpoint for ByteRange {
    type Request = ();
    type Response = ();

    fn configure(config: &mut Config) {
        config.get("/test-cases/range");
        config.allow_anonymous();
    }

    async fn handle(&self, (): (), cx: Cx<'_, Self>) -> Result {
        // With a version, parts of it can be put together.
        cx.send.etag(1_u64).bytes_async("abcdefghijklmnopqwstuvwxyz", "text/plain").await
    }
}
