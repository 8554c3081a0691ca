//! The endpoints of the example with the scripted model, on a socket.

use std::time::Duration;

use example_llm::anthropic::Messages;
use example_llm::application;
use example_llm::chat_page::Chat;
use example_llm::openai::{ChatCompletions, FindModel, ListModels, Responses};
use hyperpoint::Identity;
use hyperpoint::prelude::*;
use tokio::task::JoinHandle;

use super::always_events::{AlwaysEvents, Generators};
use super::scripted::Scripted;

/// A prompt may stop the server. Streams are cut after nine tenths of this time.
const DRAIN: Duration = Duration::from_secs(1);

/// A running server. Dropping it stops it at once.
pub(super) struct Server {
    pub(super) url: String,
    serves: JoinHandle<()>,
}

impl Server {
    pub(super) async fn start() -> Self {
        let model = Arc::new(Scripted::default());
        let host = Host::empty()
            .endpoint::<ListModels>()
            .endpoint::<FindModel>()
            .endpoint::<ChatCompletions>()
            .endpoint::<Responses>()
            .endpoint::<Messages>()
            .endpoint::<Chat>()
            .endpoint::<AlwaysEvents>()
            .endpoint::<Generators>()
            .service(Arc::clone(&model))
            .options(|options| options.drain_window = DRAIN);
        let stop = Arc::clone(&model.stop);
        // A client each for a limit of its own.
        let host = application(host, model, |keys| {
            let keys = keys.key("sk-of-the-tests-0001", Identity::user("ann"));
            let keys = keys.key("sk-of-the-tests-0002", Identity::user("bob"));
            keys.key("sk-of-the-tests-0003", Identity::user("eve"))
        });
        let running = host.bind("127.0.0.1:0").start().await.unwrap();
        let url = running.url().to_owned();
        let serves = tokio::spawn(async move {
            stop.notified().await;
            running.stop().await;
        });
        Self { url, serves }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.serves.abort();
    }
}
