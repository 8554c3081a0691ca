//! The body of an event stream.

use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use http_body::{Frame, SizeHint};

use hyperpoint_sse::stream::{Delivered, Parkable, Parking, StreamBody};

use super::watched::Watched;
use crate::exchange::{BoxError, BoxedBody, HandlerSlot, boxed_body};
use crate::identity::Revoked;

/// The body of an event stream. It is no larger than two pointers, because a connection keeps it
/// for as long as the client is connected.
pub struct EventBody(Kind);

const _: () = assert!(size_of::<EventBody>() <= 16, "each open stream has one");

enum Kind {
    Stream(Box<StreamBody<HandlerSlot>>),
    /// A stream that the host observes.
    Observed(Box<dyn ObservedBody>),
}

/// A body with which the host has wrapped an event stream, to observe the data sent.
trait ObservedBody: http_body::Body<Data = Bytes, Error = BoxError> + Parkable + Send + Unpin {}

impl<B> ObservedBody for B where
    B: http_body::Body<Data = Bytes, Error = BoxError> + Parkable + Send + Unpin
{
}

impl EventBody {
    pub(super) fn new(body: StreamBody<HandlerSlot>) -> Self {
        Self(Kind::Stream(Box::new(body)))
    }

    pub(super) fn observed<B>(body: B) -> Self
    where
        B: http_body::Body<Data = Bytes, Error = BoxError> + Parkable + Send + Unpin + 'static,
    {
        Self(Kind::Observed(Box::new(body)))
    }

    /// When the identity of the request is revoked, ends the stream as if the identity had expired.
    ///
    /// # Errors
    ///
    /// If the host observes the stream, the wrapped body, which ends with an error when the
    /// identity is revoked.
    pub(super) fn expire_when(mut self, revoked: Revoked) -> Result<Self, BoxedBody> {
        match self.0 {
            Kind::Stream(ref mut body) => {
                body.expire_when(revoked);
                Ok(self)
            }
            Kind::Observed(body) => Err(Box::pin(Watched::new(boxed_body(body), revoked))),
        }
    }
}

impl http_body::Body for EventBody {
    type Data = Bytes;
    type Error = BoxError;

    #[inline]
    fn poll_frame(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BoxError>>> {
        match &mut self.get_mut().0 {
            Kind::Stream(body) => Pin::new(&mut **body).poll_frame(cx).map_err(BoxError::from),
            Kind::Observed(body) => Pin::new(body).poll_frame(cx),
        }
    }

    #[inline]
    fn is_end_stream(&self) -> bool {
        match &self.0 {
            Kind::Stream(body) => body.is_end_stream(),
            Kind::Observed(body) => body.is_end_stream(),
        }
    }

    fn size_hint(&self) -> SizeHint {
        match &self.0 {
            Kind::Stream(_) => SizeHint::default(),
            Kind::Observed(body) => body.size_hint(),
        }
    }
}

impl Parkable for EventBody {
    fn accepts_outlet(&self) -> bool {
        match &self.0 {
            Kind::Stream(body) => body.accepts_outlet(),
            Kind::Observed(body) => body.accepts_outlet(),
        }
    }

    fn park(&mut self, parking: Parking<'_>) {
        match &mut self.0 {
            Kind::Stream(body) => body.park(parking),
            Kind::Observed(body) => body.park(parking),
        }
    }

    fn note_delivered(&mut self, delivered: &Delivered) {
        match &mut self.0 {
            Kind::Stream(body) => body.note_delivered(delivered),
            Kind::Observed(body) => body.note_delivered(delivered),
        }
    }
}

impl fmt::Debug for EventBody {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("EventBody").finish_non_exhaustive()
    }
}
