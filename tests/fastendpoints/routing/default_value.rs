//! `PUT /api/test-cases/routing/withdefault/{name}`, `PUT /api/test-cases/routing/withdefault`

use hyperpoint::prelude::*;

#[derive(Deserialize, JsonSchema)]
struct Named {
    #[serde(default = "world")]
    name: String,
}

fn world() -> String {
    "World".to_owned()
}

#[derive(Endpoint)]
struct DefaultValue;

impl Endpoint for DefaultValue {
    type Request = Named;
    type Response = String;

    fn configure(config: &mut Config) {
        config.put("/test-cases/routing/withdefault/{name}");
        config.put("/test-cases/routing/withdefault");
        config.allow_anonymous();
    }

    async fn handle(&self, Named { name }: Named, cx: Cx<'_, Self>) -> Result {
        cx.send.ok_async(name).await
    }
}
