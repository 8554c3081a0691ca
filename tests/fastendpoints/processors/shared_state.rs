//! `GET /api/test-cases/processor-state-sharing`

use hyperpoint::prelude::*;
use hyperpoint::{FromServices, PostCx, PostProcessor, PreCx, PreProcessor, async_trait};

use super::everywhere::GlobalStateApplied;

#[derive(Deserialize, JsonSchema)]
struct Thing {
    #[serde(default)]
    id: i32,
}

struct FirstName(&'static str);
struct LastName(&'static str);

#[derive(FromServices)]
struct SetFirstName;

#[async_trait]
impl PreProcessor for SetFirstName {
    async fn before(&self, cx: PreCx<'_>) -> Result<Option<Sent>> {
        cx.state.set(FirstName("jane"));
        Ok(None)
    }
}

#[derive(FromServices)]
struct SetLastName;

#[async_trait]
impl PreProcessor for SetLastName {
    async fn before(&self, cx: PreCx<'_>) -> Result<Option<Sent>> {
        cx.state.set(LastName("doe"));
        Ok(None)
    }
}

#[derive(FromServices)]
struct LogDuration;

#[async_trait]
impl PostProcessor for LogDuration {
    async fn after(&self, cx: PostCx<'_>) -> Result<()> {
        tracing::info!(elapsed = ?cx.outcome.elapsed, "answered");
        Ok(())
    }
}

#[derive(Endpoint)]
struct SharedState;

impl Endpoint for SharedState {
    type Request = Thing;
    type Response = String;

    fn configure(config: &mut Config) {
        config.get("/test-cases/processor-state-sharing");
        config.allow_anonymous();
        config.before::<SetFirstName>();
        config.before::<SetLastName>();
        config.after::<LogDuration>();
    }

    async fn handle(&self, Thing { id }: Thing, cx: Cx<'_, Self>) -> Result {
        let first = cx.state.get::<FirstName>().ok_or("without a first name")?.0;
        let last = cx.state.get::<LastName>().ok_or("without a last name")?.0;
        let applied = if cx.state.get::<GlobalStateApplied>().is_some() { "True" } else { "False" };
        cx.send.ok_async(format!("{id} {first} {last} {applied}")).await
    }
}
