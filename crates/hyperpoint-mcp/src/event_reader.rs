//! Reads the events of a response.

use http_body_util::BodyExt;
use hyperpoint_core::Body;
use hyperpoint_sse::{Decoded, Decoder, Event};

/// Maximum length of an event, in bytes.
const MAX_EVENT_BYTES: usize = 4 << 20;

/// Reads the events of a response. Dropping the reader drops the response body, and with it the
/// endpoint's handler.
#[derive(Debug)]
pub(crate) struct EventReader {
    body: Body,
    decoder: Decoder,
}

/// The error of a stream that failed, or of an event that exceeds the maximum length.
#[derive(Debug)]
pub(crate) struct Cut;

impl EventReader {
    pub(crate) fn new(body: Body) -> Self {
        Self { body, decoder: Decoder::with_max_event_bytes(MAX_EVENT_BYTES) }
    }

    /// Returns the next event, or `None` at the end of the stream.
    pub(crate) async fn next(&mut self) -> Option<Result<Event, Cut>> {
        loop {
            match self.decoder.pop() {
                Some(Decoded::Event(event)) => return Some(Ok(event)),
                Some(_) => continue,
                None => {}
            }
            let frame = match self.body.frame().await? {
                Ok(frame) => frame,
                Err(_error) => return Some(Err(Cut)),
            };
            if let Ok(data) = frame.into_data()
                && self.decoder.push(&data).is_err()
            {
                return Some(Err(Cut));
            }
        }
    }
}
