//! `GET /api/testcases/pre-processor-shortcircuit-while-validator-fails`

use hyperpoint::prelude::*;
use hyperpoint::{FromServices, PreCx, PreProcessor, async_trait};

#[derive(Deserialize, JsonSchema)]
struct Id {
    #[serde(default)]
    id: i32,
}

#[derive(FromServices)]
struct Greet;

#[async_trait]
impl PreProcessor for Greet {
    async fn before(&self, cx: PreCx<'_>) -> Result<Option<Sent>> {
        cx.send.ok_async("hello from pre-processor!").await.map(Some)
    }
}

#[derive(Endpoint)]
struct ShortCircuit;

impl Endpoint for ShortCircuit {
    type Request = Id;
    type Response = String;

    fn configure(config: &mut Config) {
        config.get("/testcases/pre-processor-shortcircuit-while-validator-fails");
        config.allow_anonymous();
        config.before::<Greet>();
    }

    fn validate(&self, Id { id }: &Id, failures: &mut Failures) {
        failures.check("id", *id > 10, "must be more than 10");
    }

    async fn handle(&self, _: Id, cx: Cx<'_, Self>) -> Result {
        cx.send.ok_async("hello from handler!".to_owned()).await
    }
}
