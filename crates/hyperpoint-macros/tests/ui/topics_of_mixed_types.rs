use hyperpoint::prelude::*;

const PRICES: TopicName<u32> = TopicName::new("prices");
const NEWS: TopicName<String> = TopicName::new("news");

#[derive(Endpoint)]
struct Prices {
    topics: Arc<Topics>,
}

impl Endpoint for Prices {
    type Request = ();
    type Response = Events<u32>;

    fn configure(config: &mut Config) {
        config.get("/prices");
    }

    async fn handle(&self, (): (), cx: Cx<'_, Self>) -> Result {
        let prices = self.topics.topic(PRICES);
        cx.send.topic_async(&prices.and(&self.topics.topic(NEWS))).await
    }
}

fn main() {}
