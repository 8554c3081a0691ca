//! A socket that its connection's task shares with the writers of a topic.

use std::io::{self, IoSlice};
use std::mem;
use std::net::Shutdown;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker, ready};

use bytes::Bytes;
use hyperpoint_sse::stream::{Delivered, Delivery, Outlet, Parking, Sending};
use socket2::SockRef;
use tokio::io::ReadBuf;
use tokio::net::TcpStream;
use tokio::time::Instant;

use super::batch::{Unsent, chunk, is_large};

/// A socket type that may support sharing with the writers of a topic.
pub(crate) trait Share: Sized {
    /// Shares the socket. Default: does nothing.
    #[must_use]
    fn share(self) -> Self {
        self
    }

    /// Makes the socket exclusive to one task again, unless another task is using it. Default: does
    /// nothing.
    #[must_use]
    fn unshare(self) -> Self {
        self
    }

    /// Returns the shared socket, or `None` if the socket is not shared. Default: `None`.
    fn shared(&self) -> Option<&Arc<SharedSocket>> {
        None
    }
}

impl<T: Share> Share for Box<T> {}

/// A TCP socket that its connection's task shares with the writers of a topic.
///
/// While the socket is parked, only writers of the topic write to it: whole chunks, without
/// waiting. While it is not parked, only its task writes to it, with the polling methods. A writer
/// holds the lock during a write, so that no write of a writer is in progress after the task has
/// unparked the socket.
#[derive(Debug)]
pub(crate) struct SharedSocket {
    tcp: TcpStream,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    is_parked: bool,
    /// Whether another task tried to use the socket while it was not parked.
    was_missed: bool,
    /// The position of the last event sent; see [`Outlet::park`].
    position: u64,
    /// Number of events that writers have sent since the socket was parked.
    events: u32,
    /// Number of bytes of the frames with these events.
    bytes: u64,
    /// The time of the last frame that a writer sent, or `None` if none was sent since the socket
    /// was parked.
    sent_at: Option<Instant>,
    /// The part of the last chunk that the socket has not accepted, if any.
    rest: Option<Box<Unsent>>,
    waker: Option<Waker>,
    /// The time of the next report, if any; see [`Parking`]. Boxed, because most streams are not
    /// observed.
    report_at: Option<Box<Instant>>,
}

const _: () = assert!(size_of::<SharedSocket>() <= 120, "each parked stream has one");

impl SharedSocket {
    pub(crate) fn new(tcp: TcpStream) -> Self {
        Self { tcp, state: Mutex::default() }
    }

    pub(crate) fn into_inner(self) -> TcpStream {
        self.tcp
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Makes the socket exclusive to its task. Returns a summary of the frames that writers have
    /// sent since it was parked, with the unsent part of the last one, or `None` if they sent
    /// nothing.
    pub(super) fn unpark(&self) -> Option<(Delivered, Option<Box<Unsent>>)> {
        let mut state = self.lock();
        (state.is_parked, state.was_missed) = (false, false);
        let at = state.sent_at.take()?;
        let (events, bytes) = (mem::take(&mut state.events), mem::take(&mut state.bytes));
        let delivered = Delivered { position: state.position, at, bytes, events };
        Some((delivered, state.rest.take()))
    }

    pub(crate) fn poll_read(
        &self,
        cx: &mut Context<'_>,
        mut buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        loop {
            ready!(self.tcp.poll_read_ready(cx))?;
            match self.tcp.try_read_buf(&mut buf) {
                // The readiness was stale; the next iteration registers the task.
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                read => return Poll::Ready(read.map(drop)),
            }
        }
    }

    pub(crate) fn poll_write(&self, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        self.poll_write_with(cx, || self.tcp.try_write(buf))
    }

    pub(crate) fn poll_write_vectored(
        &self,
        cx: &mut Context<'_>,
        bufs: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        self.poll_write_with(cx, || self.tcp.try_write_vectored(bufs))
    }

    /// Writes a frame as a chunk, without waiting. Returns the part that the socket does not
    /// accept, or `None` if it accepts everything. An error counts as no bytes accepted: the task
    /// gets it again when it writes.
    #[inline]
    fn write(&self, delivery: &Delivery) -> Option<Box<Unsent>> {
        if is_large(delivery.len()) {
            return self.write_large(delivery.frame());
        }
        let chunk = delivery.encoded(chunk);
        let written = self.tcp.try_write(chunk).unwrap_or(0);
        (written < chunk.len()).then(|| Box::new(Unsent::rest(chunk.slice(written..))))
    }

    /// Writes a frame without a copy, which would stay in memory while a client reads slowly.
    /// Returns the part that the socket does not accept, or `None` if it accepts everything.
    fn write_large(&self, frame: &Bytes) -> Option<Box<Unsent>> {
        let mut unsent = Unsent::chunk(frame);
        unsent.advance(self.tcp.try_write_vectored(&unsent.slices()).unwrap_or(0));
        (!unsent.is_empty()).then(|| Box::new(unsent))
    }

    fn poll_write_with(
        &self,
        cx: &mut Context<'_>,
        write: impl Fn() -> io::Result<usize>,
    ) -> Poll<io::Result<usize>> {
        loop {
            ready!(self.tcp.poll_write_ready(cx))?;
            match write() {
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                written => return Poll::Ready(written),
            }
        }
    }

    /// Does nothing: a socket has no write buffer in this process.
    #[expect(clippy::unused_self, reason = "the counterpart of a method of `AsyncWrite`")]
    pub(crate) fn poll_flush(&self, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    /// Shuts down the writing half.
    pub(crate) fn poll_shutdown(&self, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(match SockRef::from(&self.tcp).shutdown(Shutdown::Write) {
            Err(error) if error.kind() == io::ErrorKind::NotConnected => Ok(()),
            result => result,
        })
    }
}

impl State {
    fn note_sent(&mut self, delivery: &Delivery) {
        self.position = delivery.position();
        self.events = self.events.saturating_add(delivery.events());
        self.bytes += delivery.len() as u64;
        self.sent_at = Some(delivery.at());
    }

    fn wake(&mut self) {
        self.is_parked = false;
        self.waker.iter().for_each(Waker::wake_by_ref);
    }
}

impl Outlet for SharedSocket {
    fn park(&self, position: u64, parking: &Parking<'_>) -> bool {
        let mut state = self.lock();
        if mem::take(&mut state.was_missed) {
            return false;
        }
        (state.is_parked, state.position) = (true, position);
        state.report_at = parking.report_at.map(Box::new);
        match &mut state.waker {
            Some(waker) => waker.clone_from(parking.waker),
            none => *none = Some(parking.waker.clone()),
        }
        true
    }

    fn position(&self) -> Option<u64> {
        let mut state = self.lock();
        state.was_missed |= !state.is_parked;
        state.is_parked.then_some(state.position)
    }

    fn send(&self, delivery: &Delivery) -> Sending {
        let mut state = self.lock();
        if !state.is_parked {
            state.was_missed = true;
            return Sending::Unparked;
        }
        if !delivery.follows(state.position) {
            return Sending::Elsewhere;
        }
        let rest = self.write(delivery);
        state.note_sent(delivery);
        if rest.is_some() {
            state.rest = rest;
            state.wake();
            return Sending::Part;
        }
        if state.report_at.as_ref().is_some_and(|report_at| **report_at <= delivery.at()) {
            state.report_at = None;
            state.waker.iter().for_each(Waker::wake_by_ref);
        }
        Sending::Sent
    }

    fn wake(&self) {
        let mut state = self.lock();
        if state.is_parked {
            state.wake();
        } else {
            state.was_missed = true;
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::task::Wake;
    use std::time::Duration;

    use tokio::io::AsyncReadExt;
    use tokio::net::TcpListener;

    use super::*;

    #[derive(Default)]
    struct Count(AtomicUsize);

    impl Wake for Count {
        fn wake(self: Arc<Self>) {
            self.0.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// A socket with its client, and a task that counts how often it is woken.
    struct Pair {
        outlet: Arc<dyn Outlet>,
        socket: Arc<SharedSocket>,
        client: TcpStream,
        task: Arc<Count>,
    }

    impl Pair {
        async fn new() -> Self {
            let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
            let client = TcpStream::connect(listener.local_addr().unwrap());
            let (client, accepted) = tokio::join!(client, listener.accept());
            let socket = Arc::new(SharedSocket::new(accepted.unwrap().0));
            socket.tcp.writable().await.unwrap();
            let outlet: Arc<dyn Outlet> = Arc::<SharedSocket>::clone(&socket);
            Self { outlet, socket, client: client.unwrap(), task: Arc::default() }
        }

        fn park(&self, position: u64, report_at: Option<Instant>) -> bool {
            let waker = Waker::from(Arc::clone(&self.task));
            self.outlet.park(position, &Parking { outlet: &self.outlet, waker: &waker, report_at })
        }

        fn send(&self, frame: &'static [u8], position: u64) -> Sending {
            self.send_bytes(Bytes::from_static(frame), position)
        }

        fn send_bytes(&self, bytes: Bytes, position: u64) -> Sending {
            self.outlet.send(&Delivery::new(bytes, 1, position..position + 1, position + 1))
        }

        fn woken(&self) -> usize {
            self.task.0.load(Ordering::Relaxed)
        }
    }

    #[tokio::test]
    async fn a_stream_that_another_task_came_for_meanwhile_is_not_parked() {
        let pair = Pair::new().await;
        assert!(pair.park(0, None));
        assert_eq!(pair.send(b"a", 0), Sending::Sent);
        assert!(pair.socket.unpark().is_some());
        for come in [
            |pair: &Pair| pair.send(b"b", 1) == Sending::Unparked,
            |pair: &Pair| pair.outlet.position().is_none(),
            |pair: &Pair| matches!(pair.outlet.wake(), ()),
        ] {
            assert!(come(&pair));
            assert!(!pair.park(1, None));
            assert_eq!(pair.outlet.position(), None);
            assert!(pair.socket.unpark().is_none());
            assert!(pair.park(1, None));
            assert!(pair.socket.unpark().is_none());
        }
        assert_eq!(pair.woken(), 0);
    }

    #[tokio::test]
    async fn a_frame_is_sent_once_to_a_stream_at_its_position() {
        let mut pair = Pair::new().await;
        assert!(pair.park(5, None));
        assert_eq!(pair.send(b"other", 4), Sending::Elsewhere);
        assert_eq!(pair.send(b"five", 5), Sending::Sent);
        assert_eq!(pair.send(b"five", 5), Sending::Elsewhere);
        assert_eq!(pair.send(b"six", 6), Sending::Sent);
        let (delivered, rest) = pair.socket.unpark().unwrap();
        assert_eq!((delivered.position, delivered.events, delivered.bytes), (7, 2, 7));
        assert!(rest.is_none() && pair.woken() == 0);
        let mut chunks = [0; 17];
        pair.client.read_exact(&mut chunks).await.unwrap();
        assert_eq!(&chunks, b"4\r\nfive\r\n3\r\nsix\r\n");
    }

    /// Returns the three parts of the unsent bytes.
    fn parts(rest: &Unsent) -> Vec<Vec<u8>> {
        rest.slices().iter().map(|part| part.to_vec()).collect()
    }

    #[tokio::test]
    async fn what_a_full_socket_does_not_accept_is_left_to_the_task_which_is_woken() {
        for len in [1000, 100_000] {
            let mut pair = Pair::new().await;
            let frame = Bytes::from(vec![b'x'; len]);
            assert!(pair.park(0, None));
            let sends = |position: &u64| pair.send_bytes(frame.clone(), *position) == Sending::Sent;
            let position = (0..1_000_000).find(|position| !sends(position)).unwrap();
            assert_eq!((pair.woken(), pair.outlet.position()), (1, None));
            let (delivered, rest) = pair.socket.unpark().unwrap();
            let events = u64::from(delivered.events);
            assert_eq!((delivered.position, events), (position + 1, position + 1));
            let rest = rest.unwrap();
            let left = parts(&rest).concat();
            let chunk = chunk(&frame);
            let sent = chunk.len() * usize::try_from(position + 1).unwrap() - left.len();
            assert_eq!(left, chunk.slice(chunk.len() - left.len()..));
            pair.client.read_exact(&mut vec![0; sent]).await.unwrap();
            // The rest of a large frame is not a copy.
            let [_, part, _] = rest.slices();
            let is_shared = frame.as_ptr_range().contains(&part.as_ptr());
            assert_eq!(is_shared, len > 1024 && left.len() > 2);
        }
    }

    #[tokio::test]
    async fn an_error_is_left_to_the_task() {
        let pair = Pair::new().await;
        SockRef::from(&pair.client).set_linger(Some(Duration::ZERO)).unwrap();
        assert!(pair.park(0, None));
        let Pair { outlet, client, task, socket } = pair;
        drop(client);
        let delivery = Delivery::new(Bytes::from_static(b"x"), 1, 0..1, 1);
        socket.tcp.readable().await.unwrap();
        assert_eq!(outlet.send(&delivery), Sending::Part);
        assert_eq!(task.0.load(Ordering::Relaxed), 1);
        let rest = socket.unpark().unwrap().1.unwrap();
        assert_eq!(parts(&rest).concat(), chunk(&Bytes::from_static(b"x")));
    }

    #[tokio::test(start_paused = true)]
    async fn the_first_frame_after_the_time_of_a_report_wakes_the_task_and_leaves_it_parked() {
        let pair = Pair::new().await;
        assert!(pair.park(0, Some(Instant::now() + Duration::from_secs(1))));
        assert_eq!((pair.send(b"x", 0), pair.woken()), (Sending::Sent, 0));
        tokio::time::advance(Duration::from_secs(1)).await;
        assert_eq!((pair.send(b"x", 1), pair.woken()), (Sending::Sent, 1));
        assert_eq!((pair.send(b"x", 2), pair.woken()), (Sending::Sent, 1));
        assert_eq!(pair.socket.unpark().unwrap().0.events, 3);
    }
}
