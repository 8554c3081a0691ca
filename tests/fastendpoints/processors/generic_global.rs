//! `POST /api/testcases/global-generic-processors`

use hyperpoint::prelude::*;

#[derive(Default, Deserialize, Serialize, JsonSchema)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct Ran {
    pub(super) pre_proc_ran: bool,
    post_proc_ran: bool,
}

#[derive(Endpoint)]
struct GenericGlobal;

impl Endpoint for GenericGlobal {
    type Request = Ran;
    type Response = Ran;

    fn configure(config: &mut Config) {
        config.post("/testcases/global-generic-processors");
        config.allow_anonymous();
    }

    async fn handle(&self, ran: Ran, cx: Cx<'_, Self>) -> Result {
        cx.send.ok_async(ran).await
    }
}
