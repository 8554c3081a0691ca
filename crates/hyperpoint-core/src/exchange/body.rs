//! Response bodies.

use std::error::Error;
use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use http_body::{Frame, SizeHint};

use super::boxed_body::{BoxedBody, boxed_body};
use super::frames_body::FramesBody;
use super::revocation_watch::RevocationWatch;
use super::stream_body::StreamBody;
use crate::identity::Revoked;

type BoxError = Box<dyn Error + Send + Sync>;

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
    Stream(Box<StreamBody>),
    Frames(Box<FramesBody>),
    Boxed(BoxedBody),
    Watched(Box<Watched>),
}

/// A streamed body that ends if its identity is revoked.
struct Watched {
    body: Body,
    watch: RevocationWatch,
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
        Self::from(boxed_body(body))
    }

    pub(super) fn stream(body: StreamBody) -> Self {
        Self(Kind::Stream(Box::new(body)))
    }

    pub(super) fn frames(body: FramesBody) -> Self {
        Self(Kind::Frames(Box::new(body)))
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

    /// Ends the body when the identity of the request is revoked: an event stream as if the
    /// identity had expired, any other body by an error.
    #[must_use]
    pub fn until_revoked(self, revoked: Revoked) -> Self {
        Self(Kind::Watched(Box::new(Watched { body: self, watch: RevocationWatch::new(revoked) })))
    }

    /// Ends the body because its identity is no longer valid.
    ///
    /// # Errors
    ///
    /// An error if the body cannot end early, so that the connection is aborted.
    fn expire(&mut self, cx: &mut Context<'_>) -> Result<(), BoxError> {
        match &mut self.0 {
            Kind::Empty | Kind::Withheld(_) | Kind::Full(_) => {}
            Kind::Stream(stream) => stream.expire(cx),
            Kind::Frames(stream) => stream.expire(),
            Kind::Watched(_) | Kind::Boxed(_) => {
                self.0 = Kind::Empty;
                return Err("the response was aborted: its identity was revoked".into());
            }
        }
        Ok(())
    }

    /// Creates a withheld body of unknown length.
    pub(super) fn withheld_unsized() -> Self {
        Self(Kind::Withheld(SizeHint::default()))
    }
}

impl Watched {
    #[inline(never)]
    fn poll_frame(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, BoxError>>> {
        if self.watch.poll_revoked(cx)
            && let Err(error) = self.body.expire(cx)
        {
            return Poll::Ready(Some(Err(error)));
        }
        http_body::Body::poll_frame(Pin::new(&mut self.body), cx)
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
            Kind::Stream(stream) => {
                stream.poll_frame(cx).map(|frame| frame.map(Frame::data).map(Ok))
            }
            Kind::Frames(stream) => {
                stream.poll_frame(cx).map(|frame| frame.map(Frame::data).map(Ok))
            }
            Kind::Boxed(body) => body.as_mut().poll_frame(cx),
            Kind::Watched(watched) => watched.poll_frame(cx),
        }
    }

    #[inline]
    fn is_end_stream(&self) -> bool {
        match &self.0 {
            Kind::Empty => true,
            Kind::Withheld(_) | Kind::Full(_) => false,
            Kind::Stream(stream) => stream.is_end_stream(),
            Kind::Frames(stream) => stream.is_end_stream(),
            Kind::Boxed(body) => body.is_end_stream(),
            Kind::Watched(watched) => watched.body.is_end_stream(),
        }
    }

    fn size_hint(&self) -> SizeHint {
        match &self.0 {
            Kind::Empty => SizeHint::with_exact(0),
            Kind::Full(bytes) => SizeHint::with_exact(bytes.len() as u64),
            Kind::Withheld(length) => *length,
            Kind::Stream(_) | Kind::Frames(_) => SizeHint::default(),
            Kind::Boxed(body) => body.size_hint(),
            Kind::Watched(watched) => watched.body.size_hint(),
        }
    }
}

impl fmt::Debug for Body {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kind = match &self.0 {
            Kind::Empty | Kind::Withheld(_) => "Empty",
            Kind::Full(_) => "Full",
            Kind::Stream(_) | Kind::Frames(_) => "Stream",
            Kind::Boxed(_) => "Boxed",
            Kind::Watched(watched) => return watched.body.fmt(f),
        };
        f.debug_tuple("Body").field(&kind).finish()
    }
}
