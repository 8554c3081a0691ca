//! `GET /mcp`: the messages that belong to no request, or the rest of a stream that was cut; and
//! `DELETE /mcp`, which ends a session.

use futures_util::StreamExt;
use hyperpoint::http::StatusCode;
use hyperpoint::{LOOPBACK_ORIGINS, prelude::*};

use super::counting::{RETRY, until_result};
use super::sessions::{Place, Sessions, UNREQUESTED};

#[derive(Deserialize, JsonSchema)]
pub(super) struct OfSession {
    #[serde(rename = "mcp-session-id")]
    session: from::Header<Option<String>>,
}

#[derive(Endpoint)]
pub(super) struct Listen {
    sessions: Arc<Sessions>,
}

impl Endpoint for Listen {
    type Request = OfSession;
    type Response = Events;

    fn configure(config: &mut Config) {
        config.get("/mcp");
        config.allow_anonymous();
        config.allowed_origins(LOOPBACK_ORIGINS);
        // The clients read messages alone, though they send a GET.
        config.streams_as_written();
    }

    async fn handle(&self, request: OfSession, cx: Cx<'_, Self>) -> Result {
        let session = self.sessions.find(request.session.as_deref())?;
        let messages = self.sessions.messages(&session);
        let place = match cx.last_event_id {
            Some(id) => Place::parse(id)?,
            None => Place::now(UNREQUESTED),
        };
        if place.stream == UNREQUESTED {
            let events = place.events(&messages).map(|next| next.map(|(_, item)| item));
            return cx.send.stream_items_async(events).retry(RETRY).await;
        }
        let events = until_result(place, &messages, false);
        cx.send.stream_items_async(events).retry(RETRY).await
    }
}

#[derive(Endpoint)]
pub(super) struct Leave {
    sessions: Arc<Sessions>,
}

impl Endpoint for Leave {
    type Request = OfSession;
    type Response = ();

    fn configure(config: &mut Config) {
        config.delete("/mcp");
        config.allow_anonymous();
        config.allowed_origins(LOOPBACK_ORIGINS);
    }

    async fn handle(&self, request: OfSession, cx: Cx<'_, Self>) -> Result {
        let session = self.sessions.find(request.session.as_deref())?;
        match self.sessions.close(&session) {
            true => cx.send.no_content_async().await,
            false => cx.send.status_async(StatusCode::NOT_FOUND).await,
        }
    }
}
