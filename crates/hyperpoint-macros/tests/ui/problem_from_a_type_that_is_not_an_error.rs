use hyperpoint::prelude::*;

#[derive(Endpoint)]
struct Ping;

impl Endpoint for Ping {
    type Request = ();
    type Response = ();

    fn configure(config: &mut Config) {
        config.get("/ping");
    }

    async fn handle(&self, (): (), cx: Cx<'_, Self>) -> Result {
        number()?;
        cx.send.no_content_async().await
    }
}

struct NoError;

fn number() -> Result<u32, NoError> {
    Err(NoError)
}

fn main() {}
