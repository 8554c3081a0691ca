use hyperpoint::prelude::*;

#[derive(Endpoint)]
struct Files;

impl Endpoint for Files {
    type Request = ();
    type Response = ();

    fn configure(config: &mut Config) {
        config.get("/files");
    }

    async fn handle(&self, (): (), cx: Cx<'_, Self>) -> Result {
        let name = String::from("../secret");
        cx.send.file_async(name).await
    }
}

fn main() {}
