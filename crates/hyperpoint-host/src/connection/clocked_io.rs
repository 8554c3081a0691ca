//! A socket that reports its reads and writes to the connection's state.

use std::io::{self, IoSlice};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use smallvec::SmallVec;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use super::activity::Activity;
use super::bare_refusal::{Substitute, is_bare_refusal};
use super::head_progress::Head;
use super::head_watch::HeadWatch;
use super::shared_socket::{Share, SharedSocket};

pin_project_lite::pin_project! {
    /// A socket that records in [`Activity`] when bytes are read, written, or not accepted.
    ///
    /// Wraps the socket that hyper uses, because hyper polls no body while the socket accepts no
    /// bytes: a client that has stopped reading can be detected only at the socket. Also replaces
    /// hyper's own refusals, which have no body.
    pub(super) struct ClockedIo<T> {
        #[pin]
        io: T,
        activity: Arc<Activity>,
        // Whether all written bytes were flushed, so that the next write may begin a message.
        is_flushed: bool,
        // Boxed, because most sockets need it only briefly.
        rare: Option<Box<Rare>>,
    }
}

/// The state of a socket that is rarely needed.
#[derive(Default)]
struct Rare {
    /// The replacement for a refusal without a document, while it is being written.
    substitute: Option<Substitute>,
    /// The written bytes of the awaited head, if any.
    head: Option<HeadWatch>,
    /// Bytes that were already read from the socket, and that the next reads yield. Empty if there
    /// are none.
    first: Bytes,
}

impl Rare {
    /// Returns the state if any of it is still needed.
    fn kept(self: Box<Self>) -> Option<Box<Self>> {
        let is_needed = self.substitute.is_some() || self.head.is_some() || !self.first.is_empty();
        is_needed.then_some(self)
    }
}

impl<T> ClockedIo<T> {
    pub(super) fn new(io: T, activity: Arc<Activity>) -> Self {
        Self { io, activity, is_flushed: true, rare: None }
    }

    /// Makes reads yield these bytes first, before unread bytes of an earlier call and before the
    /// socket's bytes.
    pub(super) fn read_first(mut self, bytes: Bytes) -> Self {
        let mut rare = self.rare.take().unwrap_or_default();
        rare.first = match rare.first.is_empty() {
            true => bytes,
            false => [bytes, rare.first].concat().into(),
        };
        self.rare = rare.kept();
        self
    }

    /// Returns the state of the connection.
    pub(super) fn activity(&self) -> &Arc<Activity> {
        &self.activity
    }
}

impl<T: Share> ClockedIo<T> {
    /// Shares the socket, if its type supports it.
    pub(super) fn share(self) -> Self {
        Self { io: self.io.share(), ..self }
    }

    /// Makes the socket exclusive to one task again, unless another task is using it.
    pub(super) fn unshare(self) -> Self {
        Self { io: self.io.unshare(), ..self }
    }

    /// Returns the shared socket, or `None` if the socket is not shared.
    pub(super) fn shared(&self) -> Option<&Arc<SharedSocket>> {
        self.io.shared()
    }
}

impl<T: AsyncRead> AsyncRead for ClockedIo<T> {
    fn poll_read(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let this = self.project();
        if let Some(rare) = this.rare
            && !rare.first.is_empty()
        {
            let taken = rare.first.len().min(buf.remaining());
            buf.put_slice(&rare.first.split_to(taken));
            *this.rare = this.rare.take().and_then(Rare::kept);
            this.activity.bytes_read();
            return Poll::Ready(Ok(()));
        }
        let before = buf.filled().len();
        let polled = this.io.poll_read(cx, buf);
        if buf.filled().len() > before {
            this.activity.bytes_read();
        }
        polled
    }
}

impl<T: AsyncWrite> AsyncWrite for ClockedIo<T> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &[u8],
    ) -> Poll<io::Result<usize>> {
        if self.as_mut().is_to_be_replaced(buf) {
            return self.poll_replaced(cx, buf.len());
        }
        let this = self.project();
        let polled = this.io.poll_write(cx, buf);
        if !this.activity.head().is(Head::Unawaited) {
            watch(this.rare, this.activity, *this.is_flushed, &[IoSlice::new(buf)], &polled);
        }
        note(this.activity, this.is_flushed, polled)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let first = bufs.first().map_or(&[][..], |buf| buf);
        if self.as_mut().is_to_be_replaced(first) {
            return self.poll_replaced(cx, first.len());
        }
        let this = self.project();
        let mut gathered = Small::new();
        let polled = match gather(bufs, &mut gathered) {
            true => this.io.poll_write(cx, &gathered),
            false => this.io.poll_write_vectored(cx, bufs),
        };
        if !this.activity.head().is(Head::Unawaited) {
            watch(this.rare, this.activity, *this.is_flushed, bufs, &polled);
        }
        note(this.activity, this.is_flushed, polled)
    }

    fn is_write_vectored(&self) -> bool {
        self.io.is_write_vectored()
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let this = self.project();
        let polled = this.io.poll_flush(cx);
        match polled {
            Poll::Ready(_) => {
                this.activity.flushed();
                *this.is_flushed = true;
                if let Some(head) = take_head(this.rare)
                    && this.activity.head().is(Head::Awaited)
                {
                    this.activity.head().set(head.judge());
                }
            }
            Poll::Pending => this.activity.stalled(),
        }
        polled
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.project().io.poll_shutdown(cx)
    }
}

impl<T: AsyncWrite> ClockedIo<T> {
    /// Returns whether these bytes must be replaced, because they are one of hyper's own refusals,
    /// which have no body. hyper sends a refusal only between requests, when all bytes of earlier
    /// responses were flushed.
    #[inline]
    fn is_to_be_replaced(self: Pin<&mut Self>, buf: &[u8]) -> bool {
        let this = self.project();
        if this.rare.as_ref().is_some_and(|rare| rare.substitute.is_some()) {
            return true;
        }
        let begins_alone = buf.starts_with(b"HTTP/1.1 4") && *this.is_flushed;
        if !begins_alone || this.activity.take_refused() || !this.activity.is_between_requests() {
            return false;
        }
        if is_bare_refusal(buf)
            && let Some(substitute) = Substitute::of(buf, this.activity.error_format())
        {
            this.rare.get_or_insert_default().substitute = Some(substitute);
            return true;
        }
        false
    }

    /// Writes the whole replacement, and then reports the `len` replaced bytes as written.
    fn poll_replaced(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        len: usize,
    ) -> Poll<io::Result<usize>> {
        let mut this = self.project();
        if let Some(rare) = this.rare
            && let Some(substitute) = &mut rare.substitute
        {
            while let Some(rest) = substitute.rest() {
                let polled = this.io.as_mut().poll_write(cx, rest);
                substitute.advance(ready!(note(this.activity, this.is_flushed, polled))?);
            }
            rare.substitute = None;
            *this.rare = this.rare.take().and_then(Rare::kept);
        }
        Poll::Ready(Ok(len))
    }
}

/// Up to this total, in bytes, one copy is cheaper than a vectored write of three buffers.
const SMALL_BYTES: usize = 512;

type Small = SmallVec<[u8; SMALL_BYTES]>;

/// Copies the three buffers of a chunk (length, bytes and line end) into one if they are small.
/// Returns whether they were copied.
#[inline]
fn gather(bufs: &[IoSlice<'_>], gathered: &mut Small) -> bool {
    let [len, bytes, end] = bufs else {
        return false;
    };
    let is_small = len.len() + bytes.len() + end.len() <= SMALL_BYTES;
    if is_small {
        for buf in [len, bytes, end] {
            gathered.extend_from_slice(buf);
        }
    }
    is_small
}

/// Adds the written bytes to the awaited head. The head must be the first bytes written after a
/// flush, and the last bytes that hyper writes before the stream is sent without hyper; otherwise
/// it is marked as unexpected.
#[cold]
fn watch(
    rare: &mut Option<Box<Rare>>,
    activity: &Activity,
    is_flushed: bool,
    bufs: &[IoSlice<'_>],
    polled: &Poll<io::Result<usize>>,
) {
    let Poll::Ready(Ok(written)) = polled else {
        return;
    };
    let has_begun = rare.as_ref().is_some_and(|rare| rare.head.is_some());
    if !activity.head().is(Head::Awaited) || (!has_begun && !is_flushed) {
        activity.head().set(Head::Unexpected);
        return;
    }
    rare.get_or_insert_default().head.get_or_insert_default().add(bufs, *written);
}

/// Takes the written bytes of the awaited head, if any.
#[inline]
fn take_head(rare: &mut Option<Box<Rare>>) -> Option<HeadWatch> {
    let head = rare.as_mut()?.head.take()?;
    *rare = rare.take().and_then(Rare::kept);
    Some(head)
}

/// Records the outcome of a write, and returns it.
fn note(
    activity: &Activity,
    is_flushed: &mut bool,
    polled: Poll<io::Result<usize>>,
) -> Poll<io::Result<usize>> {
    match &polled {
        Poll::Ready(written) => {
            *is_flushed = false;
            activity.bytes_written(*written.as_ref().unwrap_or(&0));
        }
        Poll::Pending => activity.stalled(),
    }
    polled
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt, AsyncWriteExt, duplex};

    use super::*;

    const HEAD: &[u8] = b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n";

    fn socket(room: usize) -> (ClockedIo<tokio::io::DuplexStream>, tokio::io::DuplexStream) {
        let activity = Activity::for_test();
        let (own, peer) = duplex(room);
        (ClockedIo::new(own, activity), peer)
    }

    #[tokio::test]
    async fn a_head_is_sent_when_it_was_flushed_and_nothing_follows() {
        let (mut io, _peer) = socket(1024);
        let activity = Arc::clone(&io.activity);
        activity.head().set(Head::Awaited);
        for piece in HEAD.chunks(9) {
            io.write_all(piece).await.unwrap();
            assert_eq!(activity.head().get(), Head::Awaited);
        }
        io.flush().await.unwrap();
        assert_eq!(activity.head().get(), Head::Sent);
        io.write_all(b"1\r\nx\r\n").await.unwrap();
        assert_eq!(activity.head().get(), Head::Unexpected);
    }

    #[tokio::test]
    async fn a_head_behind_unflushed_bytes_is_unexpected() {
        let (mut io, _peer) = socket(1024);
        let activity = Arc::clone(&io.activity);
        io.write_all(b"the end of another response").await.unwrap();
        activity.head().set(Head::Awaited);
        io.write_all(HEAD).await.unwrap();
        assert_eq!(activity.head().get(), Head::Unexpected);
        io.flush().await.unwrap();
        assert_eq!(activity.head().get(), Head::Unexpected);
    }

    #[tokio::test]
    async fn bytes_that_were_read_before_come_first() {
        let (io, mut peer) = socket(1024);
        peer.write_all(b"GET /").await.unwrap();
        let mut io = io.read_first(Bytes::from_static(b"before "));
        let mut read = [0; 12];
        io.read_exact(&mut read).await.unwrap();
        assert_eq!(&read, b"before GET /");
    }

    #[tokio::test]
    async fn bytes_that_are_given_back_come_before_the_rest_of_earlier_ones() {
        let (io, _peer) = socket(1024);
        let mut io = io.read_first(Bytes::from_static(b"GET /1 GET /2 "));
        let mut first = [0; 7];
        io.read_exact(&mut first).await.unwrap();
        let mut io = io.read_first(Bytes::from_static(b"/1 "));
        let mut read = [0; 10];
        io.read_exact(&mut read).await.unwrap();
        assert_eq!(&read, b"/1 GET /2 ");
    }

    #[test]
    fn only_three_small_buffers_are_copied_into_one() {
        #[track_caller]
        fn check(bufs: &[&[u8]], expected: Option<&[u8]>) {
            let bufs: Vec<_> = bufs.iter().map(|buf| IoSlice::new(buf)).collect();
            let mut gathered = Small::new();
            assert_eq!(gather(&bufs, &mut gathered).then_some(&*gathered), expected);
        }
        let (head, most) = ([1; 12], [2; SMALL_BYTES - 12]);
        check(&[&head, &[], &most], Some(&[&head[..], &most].concat()));
        check(&[&head, &most, b"\n"], None);
        check(&[&head, &head], None);
    }
}
