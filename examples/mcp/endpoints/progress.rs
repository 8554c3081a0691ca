//! An endpoint whose events are the progress of its tool.

use std::time::Duration;

use hyperpoint::TopicName;
use hyperpoint::prelude::*;
use hyperpoint_mcp::OfferTool;
use tokio::time::sleep;

/// The topic with the progress steps of all calls.
pub(crate) const STEPS: TopicName<u32> = TopicName::new("steps");

#[derive(Serialize, JsonSchema, Events)]
pub(crate) enum Work {
    Step { progress: u32, total: u32 },
    Done { text: String },
}

/// Works for a tenth of a second, and shows its progress.
#[derive(Endpoint)]
pub(crate) struct WithProgress {
    topics: Arc<Topics>,
}

impl Endpoint for WithProgress {
    type Request = ();
    type Response = Events<Work>;

    fn configure(config: &mut Config) {
        config.post("/progress");
        config.allow_anonymous();
        config.tool().name("test_tool_with_progress").result_event("done");
    }

    async fn handle(&self, (): (), cx: Cx<'_, Self>) -> Result {
        let steps = self.topics.topic(STEPS);
        let work = try_stream! {
            for progress in [0, 50, 100] {
                steps.publish(&progress).await?;
                yield Work::Step { progress, total: 100 };
                sleep(Duration::from_millis(50)).await;
            }
            yield Work::Done { text: "the work is done".to_owned() };
        };
        cx.send.events_async(work).await
    }
}
