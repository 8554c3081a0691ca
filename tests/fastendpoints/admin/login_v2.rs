//! `GET /api/admin/login/ver2`

use hyperpoint::prelude::*;

#[derive(Endpoint)]
struct LoginV2;

impl Endpoint for LoginV2 {
    type Request = ();
    type Response = u32;

    fn configure(config: &mut Config) {
        config.get("/admin/login/ver{}");
        config.version(2);
        config.allow_anonymous();
    }

    async fn handle(&self, (): (), cx: Cx<'_, Self>) -> Result {
        cx.send.ok_async(2).await
    }
}
