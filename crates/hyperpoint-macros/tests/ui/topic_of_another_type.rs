use hyperpoint::prelude::*;

const PRICES: TopicName<u32> = TopicName::new("prices");

#[derive(Endpoint)]
struct Prices {
    topics: Arc<Topics>,
}

impl Endpoint for Prices {
    type Request = ();
    type Response = Events<String>;

    fn configure(config: &mut Config) {
        config.get("/prices");
    }

    async fn handle(&self, (): (), cx: Cx<'_, Self>) -> Result {
        cx.send.topic_async(&self.topics.topic(PRICES)).await
    }
}

fn main() {}
