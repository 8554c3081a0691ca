//! Response bodies.

use std::any::Any;
use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use http_body::{Frame, SizeHint};

use hyperpoint_sse::stream::StreamBody;

use super::watched::Watched;
use crate::exchange::{BoxError, BoxedBody, HandlerSlot, boxed_body};
use crate::identity::Revoked;

/// The body of a response: empty, bytes, an event stream, or any body that a layer returns.
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
    /// The body of a response to HEAD: the length of the body of a GET, if known, and no data.
    Withheld(SizeHint),
    Full(Bytes),
    Stream(Box<StreamBody<HandlerSlot>>),
    Boxed(BoxedBody),
    /// An event stream that the host observes.
    Observed(BoxedBody),
}

impl Body {
    /// Creates a body from these bytes.
    #[must_use]
    #[inline]
    pub fn full(bytes: Bytes) -> Self {
        Self(if bytes.is_empty() { Kind::Empty } else { Kind::Full(bytes) })
    }

    /// Wraps any body, such as one from a layer around the application.
    ///
    /// # Examples
    ///
    /// ```
    /// use hyperpoint::Body;
    ///
    /// // Layers may wrap a body; the result converts back.
    /// let wrapped = Body::boxed(Body::full("hello".into()));
    /// assert!(wrapped.is_streamed());
    /// ```
    pub fn boxed<B>(body: B) -> Self
    where
        B: http_body::Body<Data = Bytes> + Send + 'static,
        B::Error: Into<BoxError>,
    {
        // A layer that returns the body as it is has not wrapped it.
        let mut body = Some(body);
        let same = (&mut body as &mut dyn Any).downcast_mut::<Option<Self>>();
        if let Some(same) = same.and_then(Option::take) {
            return same;
        }
        body.map(|body| Self::from(boxed_body(body))).unwrap_or_default()
    }

    /// Wraps the body for a host that observes what is sent. An event stream remains one.
    #[must_use]
    pub fn observed<B>(self, observe: impl FnOnce(Self) -> B) -> Self
    where
        B: http_body::Body<Data = Bytes> + Send + 'static,
        B::Error: Into<BoxError>,
    {
        let is_event_stream = self.is_event_stream();
        let body = boxed_body(observe(self));
        Self(if is_event_stream { Kind::Observed(body) } else { Kind::Boxed(body) })
    }

    pub(super) fn stream(body: StreamBody<HandlerSlot>) -> Self {
        Self(Kind::Stream(Box::new(body)))
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

    /// Returns whether the body is produced while it is sent, rather than being in memory.
    #[must_use]
    pub fn is_streamed(&self) -> bool {
        !matches!(self.0, Kind::Empty | Kind::Withheld(_) | Kind::Full(_))
    }

    /// Returns whether the body is an event stream of the framework that no layer has wrapped.
    #[must_use]
    #[inline]
    pub fn is_event_stream(&self) -> bool {
        matches!(self.0, Kind::Stream(_) | Kind::Observed(_))
    }

    /// Ends the body when the identity of the request is revoked: an event stream as if the
    /// identity had expired (as written it is cut), any other streamed body by an error, which aborts
    /// the connection.
    #[must_use]
    pub fn until_revoked(mut self, revoked: Revoked) -> Self {
        match self.0 {
            Kind::Empty | Kind::Withheld(_) | Kind::Full(_) => self,
            Kind::Stream(ref mut stream) => {
                stream.expire_when(revoked);
                self
            }
            Kind::Boxed(body) | Kind::Observed(body) => {
                Self(Kind::Boxed(Box::pin(Watched::new(body, revoked))))
            }
        }
    }

    /// Creates a withheld body of unknown length.
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
            Kind::Stream(stream) => Pin::new(&mut **stream).poll_frame(cx).map_err(BoxError::from),
            Kind::Boxed(body) | Kind::Observed(body) => body.as_mut().poll_frame(cx),
        }
    }

    #[inline]
    fn is_end_stream(&self) -> bool {
        match &self.0 {
            Kind::Empty => true,
            Kind::Withheld(_) | Kind::Full(_) => false,
            Kind::Stream(stream) => stream.is_end_stream(),
            Kind::Boxed(body) | Kind::Observed(body) => body.is_end_stream(),
        }
    }

    fn size_hint(&self) -> SizeHint {
        match &self.0 {
            Kind::Empty => SizeHint::with_exact(0),
            Kind::Full(bytes) => SizeHint::with_exact(bytes.len() as u64),
            Kind::Withheld(length) => *length,
            Kind::Stream(_) => SizeHint::default(),
            Kind::Boxed(body) | Kind::Observed(body) => body.size_hint(),
        }
    }
}

impl fmt::Debug for Body {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kind = match &self.0 {
            Kind::Empty | Kind::Withheld(_) => "Empty",
            Kind::Full(_) => "Full",
            Kind::Stream(_) => "Stream",
            Kind::Boxed(_) | Kind::Observed(_) => "Boxed",
        };
        f.debug_tuple("Body").field(&kind).finish()
    }
}
