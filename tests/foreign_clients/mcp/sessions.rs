//! The sessions of clients, and the streams of their messages.

use std::collections::HashSet;
use std::sync::{Mutex, PoisonError};

use futures_util::StreamExt;
use hyperpoint::http::{HeaderName, StatusCode};
use hyperpoint::prelude::*;
use hyperpoint::topics::{Position, Received};
use serde_json::Value;

pub(super) const SESSION_ID: HeaderName = HeaderName::from_static("mcp-session-id");

/// The key of messages that belong to no request: they are for the stream of the GET.
pub(super) const UNREQUESTED: &str = "session";

/// The messages to one client. The key of each is its stream: the id of a request, or `UNREQUESTED`.
const MESSAGES: TopicTemplate<Value> = TopicTemplate::new("mcp/{session}");

/// The open sessions.
#[derive(Default)]
pub(super) struct Sessions {
    open: Mutex<HashSet<String>>,
    topics: Topics,
}

impl Sessions {
    pub(super) fn open(&self) -> String {
        let session = Uuid::new_v4().to_string();
        self.lock().insert(session.clone());
        session
    }

    /// Returns whether there was such a session.
    pub(super) fn close(&self, session: &str) -> bool {
        self.lock().remove(session)
    }

    /// Returns the open session that a request names.
    pub(super) fn find(&self, session: Option<&str>) -> Result<String> {
        let session = session.or_problem(StatusCode::BAD_REQUEST, "no session")?;
        let known = self.lock().get(session).cloned();
        known.or_problem(StatusCode::NOT_FOUND, "unknown session")
    }

    pub(super) fn messages(&self, session: &str) -> Topic<Value> {
        self.topics.topic(MESSAGES.with([session]))
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, HashSet<String>> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// One of the streams to a client, and the position from which on it is sent.
pub(super) struct Place {
    pub(super) stream: String,
    after: Option<Position>,
}

impl Place {
    /// A stream from now on.
    pub(super) fn now(stream: &str) -> Self {
        Self { stream: stream.to_owned(), after: None }
    }

    /// The place that the id of an event names.
    pub(super) fn parse(id: &str) -> Result<Self> {
        let place = id.rsplit_once('.').and_then(|(stream, position)| {
            let after = Some(Position::parse(position).ok()?);
            Some(Self { stream: stream.to_owned(), after })
        });
        place.or_problem(StatusCode::BAD_REQUEST, "an id of another server")
    }

    /// Returns the messages from this place on, as events whose ids are places. It subscribes at once.
    pub(super) fn events(
        self,
        messages: &Topic<Value>,
    ) -> impl Stream<Item = Result<(Value, StreamItem)>> + use<> {
        let Self { stream, after } = self;
        let key = stream.clone();
        let all = messages.subscribe().filter(move |event| event.key() == Some(key.as_str()));
        let mut received = match after {
            Some(position) => all.after(position),
            // What was sent before the client listened, too.
            None => all.history(usize::MAX),
        }
        .events();
        try_stream! {
            while let Some(next) = received.next().await {
                let Received::Event { position, data, .. } = next else {
                    Err("messages are missing")?;
                    break;
                };
                let id = EventId::parse(&format!("{stream}.{}", position.id()))?;
                let item = StreamItem::json(&data)?.id(id);
                yield (data, item);
            }
        }
    }
}
