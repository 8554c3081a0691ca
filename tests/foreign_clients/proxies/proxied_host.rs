//! A host behind a proxy, and the signals between its streams and the test.

use std::time::Duration;

use hyperpoint::Running;
use hyperpoint::prelude::*;
use serde_json::{Value, json};
use tokio::sync::{Notify, mpsc};

/// Shorter than the timeout of the tests' proxies.
const BEAT: Duration = Duration::from_millis(400);

/// Signals between a test and a stream.
pub(super) struct Cues {
    pub(super) go_on: Notify,
    left: mpsc::UnboundedSender<()>,
}

/// Reports the request, then waits for its signal.
#[derive(Endpoint)]
struct Beating {
    cues: Arc<Cues>,
}

impl Endpoint for Beating {
    type Request = ();
    type Response = Events<Value>;

    fn configure(config: &mut Config) {
        config.get("/beating");
        config.allow_anonymous();
    }

    async fn handle(&self, (): (), cx: Cx<'_, Self>) -> Result {
        let _left = Left(self.cues.left.clone());
        let peer = cx.peer.map(|peer| peer.address.ip().to_string());
        let first = json!({ "last": cx.last_event_id, "peer": peer });
        let events = stream! {
            yield first;
            self.cues.go_on.notified().await;
            yield json!("second");
            std::future::pending::<()>().await;
        };
        cx.send.event_stream_async("told", events).keep_alive(BEAT).await
    }
}

/// Sends nothing for longer than any proxy's timeout.
#[derive(Endpoint)]
struct Silent;

impl Endpoint for Silent {
    type Request = ();
    type Response = Events<u32>;

    fn configure(config: &mut Config) {
        config.get("/silent");
        config.allow_anonymous();
    }

    async fn handle(&self, (): (), cx: Cx<'_, Self>) -> Result {
        let events = stream! {
            yield 1;
            std::future::pending::<()>().await;
        };
        cx.send.event_stream_async("told", events).keep_alive(Duration::from_hours(1)).await
    }
}

/// Reports when the handler is dropped.
struct Left(mpsc::UnboundedSender<()>);

impl Drop for Left {
    fn drop(&mut self) {
        let _ = self.0.send(());
    }
}

/// A host that trusts a proxy on this machine.
pub(super) struct ProxiedHost {
    pub(super) host: Running,
    pub(super) cues: Arc<Cues>,
    pub(super) leaves: mpsc::UnboundedReceiver<()>,
}

impl ProxiedHost {
    pub(super) async fn start() -> Self {
        let (left, leaves) = mpsc::unbounded_channel();
        let cues = Arc::new(Cues { go_on: Notify::new(), left });
        let host = Host::empty().endpoint::<Beating>().endpoint::<Silent>();
        let host = host.service(Arc::clone(&cues)).health(|checks| checks);
        let host = host.trust_x_forwarded_for(["127.0.0.1"]).bind("127.0.0.1:0");
        Self { host: host.start().await.unwrap(), cues, leaves }
    }
}
