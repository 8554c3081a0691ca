use hyperpoint::prelude::*;

const ROOM: TopicName<StreamItem> = TopicName::new("room");

#[derive(Endpoint)]
struct Say {
    topics: Arc<Topics>,
}

impl Endpoint for Say {
    type Request = ();
    type Response = ();

    fn configure(config: &mut Config) {
        config.post("/say");
    }

    async fn handle(&self, (): (), cx: Cx<'_, Self>) -> Result {
        self.topics.topic(ROOM).publish(&StreamItem::text("hello")).await?;
        cx.send.no_content_async().await
    }
}

fn main() {}
