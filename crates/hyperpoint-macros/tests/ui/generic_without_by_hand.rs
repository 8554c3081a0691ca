use hyperpoint::prelude::*;

#[derive(Endpoint)]
struct Ping<T: Send + Sync + 'static> {
    service: Arc<T>,
}

impl<T: Send + Sync + 'static> Endpoint for Ping<T> {
    type Request = ();
    type Response = ();

    fn configure(config: &mut Config) {
        config.get("/ping");
    }

    async fn handle(&self, (): (), cx: Cx<'_, Self>) -> Result {
        cx.send.no_content_async().await
    }
}

fn main() {}
