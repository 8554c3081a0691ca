//! The accept loop: accepts connections up to the limit, and drains them when the host stops.

use std::future::pending;
use std::sync::Arc;
use std::time::Duration;

use hyperpoint_core::Peer;
use hyperpoint_core::host_state::HostState;

use super::acceptor::{AcceptFailure, Acceptor};
use super::connections::Connections;
use super::listener::Listener;
use super::secure::Secure;
use super::socket::Accepted;
use crate::app::Application;
use crate::connection::{Activity, ConnectionOptions, serve};

/// Interval of the search for a connection to close while an accepted connection waits.
const LOOK_AGAIN: Duration = Duration::from_millis(100);

/// Serves until the host is asked to stop, then drains open requests and background tasks within
/// the drain window. The listener stays open during the drain, so that clients that connect
/// meanwhile also get a response.
pub(super) async fn run(listener: Listener, secure: Option<Box<dyn Secure>>, app: Application) {
    let state = app.app().state.clone();
    let stopping = state.stopping().clone();
    let follow = secure.as_ref().map(|secure| secure.follow());
    let mut accepting = Accepting {
        options: ConnectionOptions::new(&app.app().options, &app.app().error_format),
        connections: Connections::new(&app.app().options, app.app().meter()),
        acceptor: Acceptor::new(listener),
        waiting: None,
        secure,
        app,
    };
    // Dropped before `accepting`, which aborts the open connections.
    let _stopped = StoppedOnDrop(state);
    tokio::select! {
        () = accepting.run_forever() => {}
        () = async { follow.unwrap_or_else(|| Box::pin(pending())).await } => {}
        () = stopping.requested() => {}
    }
    if tokio::time::timeout(stopping.window(), accepting.drain()).await.is_err() {
        let open = accepting.connections.len();
        tracing::warn!(open, "the drain window is over; closing the remaining connections");
    }
}

/// A guard that records, when it is dropped, that the host has stopped.
struct StoppedOnDrop(HostState);

impl Drop for StoppedOnDrop {
    fn drop(&mut self) {
        self.0.note_stopped();
    }
}

/// The state of the accept loop.
struct Accepting {
    options: Arc<ConnectionOptions>,
    connections: Connections,
    acceptor: Acceptor,
    /// An accepted connection that waits because the host is at its limit of connections, if any.
    waiting: Option<Accepted>,
    secure: Option<Box<dyn Secure>>,
    app: Application,
}

impl Accepting {
    async fn run_forever(&mut self) {
        loop {
            self.step().await;
        }
    }

    /// Runs until no connection is left that has received a complete request head, and all
    /// background tasks have finished.
    async fn drain(&mut self) {
        self.connections.shut_down();
        let tasks = self.app.app().state.tasks().clone();
        loop {
            while !self.connections.are_silent() {
                self.step().await;
            }
            tokio::select! {
                biased;
                () = tasks.finished() => if self.connections.are_silent() { return },
                () = self.step() => {}
            }
        }
    }

    /// Waits until a connection is accepted, cannot be accepted, or ends; while an accepted
    /// connection waits, at most for [`LOOK_AGAIN`]. Then spawns the task of the accepted
    /// connection, unless the host is at its limit.
    async fn step(&mut self) {
        let Self { connections, acceptor, waiting, .. } = self;
        tokio::select! {
            accepted = acceptor.accept(), if waiting.is_none() => match accepted {
                Ok(accepted) => *waiting = admit(connections, accepted),
                Err(AcceptFailure::OutOfResources) => connections.out_of_descriptors(),
                Err(AcceptFailure::Other) => connections.refused("accept_failed"),
            },
            true = connections.next_ended() => {}
            () = tokio::time::sleep(LOOK_AGAIN), if waiting.is_some() => connections.make_room(),
        }
        if let Some(accepted) = self.waiting.take_if(|_| !self.connections.is_full()) {
            self.add(accepted);
        }
    }

    /// Spawns the task of an accepted connection, or closes the connection if its socket options
    /// cannot be set.
    fn add(&mut self, (socket, address): Accepted) {
        if let Err(error) = socket.prepare() {
            tracing::debug!(%error, "failed to prepare a socket");
            return;
        }
        let app = self.app.clone();
        let activity = Activity::new(&self.options, address.map(Peer::new));
        let of_task = Arc::clone(&activity);
        match &self.secure {
            None => {
                self.connections.add(activity, serve(app, socket, of_task));
            }
            Some(secure) => {
                let serving = secure.serve(app, socket, of_task);
                self.connections.add(activity, serving);
            }
        }
    }
}

/// Returns the connection, or closes it and returns `None` if its address is at its limit. If the
/// host is at its limit, asks another connection to close.
fn admit(connections: &Connections, (socket, address): Accepted) -> Option<Accepted> {
    if let Some(address) = address.filter(|address| connections.is_full_for(*address)) {
        tracing::debug!(%address, "an address is at its limit of connections");
        connections.refused("address_full");
        return None;
    }
    if connections.is_full() {
        connections.make_room();
    }
    Some((socket, address))
}
