use hyperpoint::prelude::*;
use hyperpoint::{FromServices, PreCx, PreProcessor, async_trait};

struct Underived;

#[async_trait]
impl PreProcessor for Underived {
    async fn before(&self, _: PreCx<'_>) -> Result<Option<Sent>> {
        Ok(None)
    }
}

#[derive(FromServices)]
struct Nothing;

#[derive(Endpoint)]
struct Ping;

impl Endpoint for Ping {
    type Request = ();
    type Response = ();

    fn configure(config: &mut Config) {
        config.get("/ping");
        config.before::<Underived>();
        config.after::<Nothing>();
    }

    async fn handle(&self, (): (), cx: Cx<'_, Self>) -> Result {
        cx.send.no_content_async().await
    }
}

fn main() {}
