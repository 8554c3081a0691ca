//! `GET /api/testcases/post-processor-handles-exception/no-post-processor`

use hyperpoint::prelude::*;

#[derive(Endpoint)]
struct FailsWithoutPost;

impl Endpoint for FailsWithoutPost {
    type Request = ();
    type Response = ();

    fn configure(config: &mut Config) {
        config.get("/testcases/post-processor-handles-exception/no-post-processor");
        config.allow_anonymous();
    }

    async fn handle(&self, (): (), _: Cx<'_, Self>) -> Result {
        Err("the handler fails")?
    }
}
