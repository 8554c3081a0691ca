//! Replayed events are filtered by the user's present permissions: contract line 32.

use std::sync::Arc;

use hyperpoint::http::StatusCode;
use hyperpoint::prelude::*;
use hyperpoint::{Identity, Topics};
use hyperpoint_testing::TestApp;

const NEWS: TopicName<u32> = TopicName::new("news");

/// Members may read events, except those with the key `secret`, which are for auditors.
#[derive(Endpoint)]
#[endpoint(by_hand)]
struct News {
    topics: Arc<Topics>,
}

impl Endpoint for News {
    type Request = ();
    type Response = Events<u32>;

    fn configure(config: &mut Config) {
        config.get("/news");
        config.roles(["member"]);
    }

    async fn handle(&self, (): (), cx: Cx<'_, Self>) -> Result {
        let is_auditor = cx.identity.has_role("auditor");
        let topic = self.topics.topic(NEWS);
        let stream = cx.send.topic_async(&topic);
        stream.filter(move |event| is_auditor || event.key() != Some("secret")).await
    }
}

#[tokio::test(start_paused = true)]
async fn line_32_a_client_that_reconnects_reads_what_it_may_read_by_then() {
    let topics = Arc::new(Topics::default());
    let host = Host::empty().endpoint::<News>().service(Arc::clone(&topics));
    let app = TestApp::new(host).unwrap();
    let user = |roles: &[&str]| {
        let ann = roles.iter().fold(Identity::user("ann"), |ann, role| ann.with_role(*role));
        app.user(ann)
    };
    let mut events = user(&["member", "auditor"]).events::<News>(&()).await.unwrap();
    assert_eq!(events.next().await.unwrap().name, "ready");
    let topic = topics.topic(NEWS);
    for number in 1..=4 {
        let key = if number % 2 == 0 { "secret" } else { "open" };
        topic.publish(&number).key(key).await.unwrap();
    }
    assert_eq!(events.next_data().await.unwrap(), 1);
    let id = events.last_event_id().to_owned();
    events.disconnect();

    let again = |roles| user(roles).events::<News>(&()).last_event_id(&id);
    let mut auditor = again(&["member", "auditor"]).await.unwrap();
    let mut member = again(&["member"]).await.unwrap();
    for events in [&mut auditor, &mut member] {
        assert_eq!(events.next().await.unwrap().name, "ready");
    }
    for number in 2..=4 {
        assert_eq!(auditor.next_data().await.unwrap(), number);
    }
    assert_eq!(member.next_data().await.unwrap(), 3);
    topic.publish(&5).await.unwrap();
    assert_eq!(member.next_data().await.unwrap(), 5, "the fourth is not for members");

    let outsider = again(&[]).await.unwrap();
    assert_eq!(outsider.status(), StatusCode::FORBIDDEN);
}
