//! Response bodies.

use std::any::Any;
use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use http_body::{Frame, SizeHint};

use hyperpoint_sse::stream::{Delivered, Parkable, Parking, StreamBody};

use super::event_body::EventBody;
use super::watched::Watched;
use crate::exchange::{BoxError, BoxedBody, HandlerSlot, boxed_body};
use crate::identity::Revoked;

/// The body of a response: empty, bytes in memory, an event stream, or a boxed body of any other
/// type, such as a byte stream, a file, or the body that a layer returns.
///
/// # Examples
///
/// ```
/// use hyperpoint::Body;
/// use hyperpoint::bytes::Bytes;
///
/// let body = Body::full(Bytes::from_static(b"hello"));
/// assert!(!body.is_streamed());
/// ```
#[derive(Default)]
pub struct Body(Kind);

#[derive(Default)]
enum Kind {
    #[default]
    Empty,
    /// The body of a response to HEAD: no data, and the length that the body of a GET would have,
    /// if known.
    Withheld(SizeHint),
    Full(Bytes),
    Events {
        body: EventBody,
        is_detachable: bool,
    },
    Boxed(BoxedBody),
}

impl Body {
    /// Creates a body from these bytes.
    #[must_use]
    #[inline]
    pub fn full(bytes: Bytes) -> Self {
        Self(if bytes.is_empty() { Kind::Empty } else { Kind::Full(bytes) })
    }

    /// Converts a body of any type, such as the body that a layer around the application returns. A
    /// `Body` is returned as it is.
    ///
    /// # Examples
    ///
    /// ```
    /// use hyperpoint::Body;
    ///
    /// // A layer may return a body of another type, such as a text; the result converts back.
    /// let converted = Body::boxed(String::from("hello"));
    /// assert!(converted.is_streamed());
    /// ```
    pub fn boxed<B>(body: B) -> Self
    where
        B: http_body::Body<Data = Bytes> + Send + 'static,
        B::Error: Into<BoxError>,
    {
        // A `Body` that no layer has wrapped is not boxed, so it stays detachable.
        let mut body = Some(body);
        let same = (&mut body as &mut dyn Any).downcast_mut::<Option<Self>>();
        if let Some(same) = same.and_then(Option::take) {
            return same;
        }
        body.map(|body| Self::from(boxed_body(body))).unwrap_or_default()
    }

    /// Replaces the body by the one that `observe` returns, which wraps it so that a host can
    /// observe the data sent. Does not change whether the body is
    /// [detachable](Self::is_detachable).
    ///
    /// # Examples
    ///
    /// ```
    /// use hyperpoint::Body;
    ///
    /// let observed = Body::full("hello".into()).observed(|body| body);
    /// assert!(!observed.is_detachable());
    /// ```
    #[must_use]
    pub fn observed<B>(self, observe: impl FnOnce(Self) -> B) -> Self
    where
        B: http_body::Body<Data = Bytes, Error = BoxError> + Parkable + Send + Unpin + 'static,
    {
        let is_detachable = self.is_detachable();
        let body = observe(self);
        Self(match is_detachable {
            true => Kind::Events { body: EventBody::observed(body), is_detachable },
            false => Kind::Boxed(boxed_body(body)),
        })
    }

    /// Creates the body of an event stream. `is_detachable` is whether the body of the request was
    /// read to its end.
    pub(super) fn stream(body: StreamBody<HandlerSlot>, is_detachable: bool) -> Self {
        Self(Kind::Events { body: EventBody::new(body), is_detachable })
    }

    /// Removes the data, for a response to HEAD: the length remains, if it is known (RFC 9110
    /// §9.3.2).
    ///
    /// # Examples
    ///
    /// ```
    /// use hyperpoint::Body;
    ///
    /// let body = Body::full("hello".into()).withheld();
    /// assert!(!body.is_streamed());
    /// ```
    #[must_use]
    pub fn withheld(self) -> Self {
        match self.0 {
            Kind::Empty => self,
            _ => Self(Kind::Withheld(http_body::Body::size_hint(&self))),
        }
    }

    /// Returns whether the body may be produced while it is sent. `false` if it consists of bytes
    /// in memory, is empty, or belongs to a response to HEAD.
    #[must_use]
    pub fn is_streamed(&self) -> bool {
        !matches!(self.0, Kind::Empty | Kind::Withheld(_) | Kind::Full(_))
    }

    /// Returns whether the body is an event stream of the framework that no layer has wrapped, and
    /// the body of its request was read to its end. If so, a server may write the frames to the
    /// socket itself.
    ///
    /// # Examples
    ///
    /// ```
    /// use hyperpoint::Body;
    ///
    /// assert!(!Body::full("hello".into()).is_detachable());
    /// ```
    #[must_use]
    #[inline]
    pub fn is_detachable(&self) -> bool {
        matches!(self.0, Kind::Events { is_detachable: true, .. })
    }

    /// Returns the event stream, or `None` if the body is not [detachable](Self::is_detachable).
    ///
    /// # Examples
    ///
    /// ```
    /// use hyperpoint::Body;
    ///
    /// assert!(Body::full("hello".into()).detach().is_none());
    /// ```
    #[must_use]
    pub fn detach(self) -> Option<EventBody> {
        match self.0 {
            Kind::Events { body, is_detachable: true } => Some(body),
            _ => None,
        }
    }

    /// Ends a streamed body when the identity of the request is revoked. An event stream ends as if
    /// the identity had expired (a stream of the kind `AsWritten` is cut). Any other streamed body,
    /// and an event stream that the host [observes](Self::observed), ends with an error, which
    /// aborts the response. A body in memory is unchanged.
    #[must_use]
    pub fn until_revoked(self, revoked: Revoked) -> Self {
        match self.0 {
            Kind::Empty | Kind::Withheld(_) | Kind::Full(_) => self,
            Kind::Events { body, is_detachable } => match body.expire_when(revoked) {
                Ok(body) => Self(Kind::Events { body, is_detachable }),
                Err(boxed) => Self(Kind::Boxed(boxed)),
            },
            Kind::Boxed(body) => Self(Kind::Boxed(Box::pin(Watched::new(body, revoked)))),
        }
    }

    /// Creates the body of a response to HEAD, of unknown length.
    pub(super) fn withheld_unsized() -> Self {
        Self(Kind::Withheld(SizeHint::default()))
    }
}

impl From<BoxedBody> for Body {
    fn from(body: BoxedBody) -> Self {
        Self(Kind::Boxed(body))
    }
}

impl http_body::Body for Body {
    type Data = Bytes;
    type Error = BoxError;

    #[inline]
    fn poll_frame(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BoxError>>> {
        let this = self.get_mut();
        match &mut this.0 {
            Kind::Empty | Kind::Withheld(_) => Poll::Ready(None),
            Kind::Full(bytes) => {
                let bytes = std::mem::take(bytes);
                this.0 = Kind::Empty;
                Poll::Ready(Some(Ok(Frame::data(bytes))))
            }
            Kind::Events { body, .. } => Pin::new(body).poll_frame(cx),
            Kind::Boxed(body) => body.as_mut().poll_frame(cx),
        }
    }

    #[inline]
    fn is_end_stream(&self) -> bool {
        match &self.0 {
            Kind::Empty => true,
            Kind::Withheld(_) | Kind::Full(_) => false,
            Kind::Events { body, .. } => body.is_end_stream(),
            Kind::Boxed(body) => body.is_end_stream(),
        }
    }

    fn size_hint(&self) -> SizeHint {
        match &self.0 {
            Kind::Empty => SizeHint::with_exact(0),
            Kind::Full(bytes) => SizeHint::with_exact(bytes.len() as u64),
            Kind::Withheld(length) => *length,
            Kind::Events { body, .. } => body.size_hint(),
            Kind::Boxed(body) => body.size_hint(),
        }
    }
}

impl Parkable for Body {
    fn accepts_outlet(&self) -> bool {
        matches!(&self.0, Kind::Events { body, .. } if body.accepts_outlet())
    }

    fn park(&mut self, parking: Parking<'_>) {
        if let Kind::Events { body, .. } = &mut self.0 {
            body.park(parking);
        }
    }

    fn note_delivered(&mut self, delivered: &Delivered) {
        if let Kind::Events { body, .. } = &mut self.0 {
            body.note_delivered(delivered);
        }
    }
}

impl fmt::Debug for Body {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kind = match &self.0 {
            Kind::Empty | Kind::Withheld(_) => "Empty",
            Kind::Full(_) => "Full",
            Kind::Events { .. } => "Stream",
            Kind::Boxed(_) => "Boxed",
        };
        f.debug_tuple("Body").field(&kind).finish()
    }
}
