//! `POST /api/test-cases/processor-attributes-test`

use hyperpoint::prelude::*;
use hyperpoint::{FromServices, PreCx, PreProcessor, async_trait};

#[derive(Deserialize, JsonSchema)]
struct Values {
    #[serde(default)]
    values: Vec<String>,
}

impl Values {
    fn push(cx: &mut PreCx<'_>, value: &str) {
        if let Some(request) = cx.data::<Self>() {
            request.values.push(value.to_owned());
        }
    }
}

#[derive(FromServices)]
struct First;

#[async_trait]
impl PreProcessor for First {
    async fn before(&self, mut cx: PreCx<'_>) -> Result<Option<Sent>> {
        Values::push(&mut cx, "one");
        Ok(None)
    }
}

#[derive(FromServices)]
struct Second;

#[async_trait]
impl PreProcessor for Second {
    async fn before(&self, mut cx: PreCx<'_>) -> Result<Option<Sent>> {
        Values::push(&mut cx, "two");
        Ok(None)
    }
}

#[derive(Endpoint)]
struct InOrder;

impl Endpoint for InOrder {
    type Request = Values;
    type Response = Vec<String>;

    fn configure(config: &mut Config) {
        config.post("/test-cases/processor-attributes-test");
        config.allow_anonymous();
        config.before::<First>();
        config.before::<Second>();
    }

    async fn handle(&self, request: Values, cx: Cx<'_, Self>) -> Result {
        cx.send.ok_async(request.values).await
    }
}
