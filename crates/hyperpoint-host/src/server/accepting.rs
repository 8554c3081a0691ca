//! The server's task: it takes connections while there is room, and drains them at the end.

use std::future::pending;
use std::sync::Arc;
use std::time::Duration;

use hyperpoint_core::Peer;

use super::acceptor::Acceptor;
use super::connections::Connections;
use super::listener::Listener;
use super::secure::Secure;
use super::socket::Accepted;
use crate::app::Application;
use crate::connection::{Activity, serve};

/// How soon to look again for a connection that makes room for one that waits.
const LOOK_AGAIN: Duration = Duration::from_millis(100);

/// Serves until the host is asked to stop, and then what is under way, up to the window. The
/// listener stays open to the end: whoever comes meanwhile is answered, too.
pub(super) async fn run(listener: Listener, secure: Option<Box<dyn Secure>>, app: Application) {
    let stopping = app.app().state.stopping().clone();
    let follow = secure.as_ref().map(|secure| secure.follow());
    let mut accepting = Accepting {
        connections: Connections::new(&app.app().options, app.app().meter()),
        acceptor: Acceptor::new(listener),
        waiting: None,
        secure,
        app,
    };
    tokio::select! {
        () = accepting.until_never() => {}
        () = async { follow.unwrap_or_else(|| Box::pin(pending())).await } => {}
        () = stopping.requested() => {}
    }
    if tokio::time::timeout(stopping.window(), accepting.drain()).await.is_err() {
        let open = accepting.connections.len();
        tracing::warn!(open, "the drain window is over; cutting what is left");
    }
}

/// Connections that come, and those that are open.
struct Accepting {
    connections: Connections,
    acceptor: Acceptor,
    /// One that there is no room for yet.
    waiting: Option<Accepted>,
    secure: Option<Box<dyn Secure>>,
    app: Application,
}

impl Accepting {
    async fn until_never(&mut self) {
        loop {
            self.step().await;
        }
    }

    /// Goes on until nothing is under way. Connections on which nobody asked for anything do not
    /// count.
    async fn drain(&mut self) {
        self.connections.leave();
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

    /// Waits until a connection comes or ends.
    async fn step(&mut self) {
        let Self { connections, acceptor, waiting, .. } = self;
        tokio::select! {
            accepted = acceptor.accept(), if waiting.is_none() => match accepted {
                Some(accepted) => *waiting = admit(connections, accepted),
                None => connections.out_of_descriptors(),
            },
            true = connections.one_ended() => {}
            () = tokio::time::sleep(LOOK_AGAIN), if waiting.is_some() => connections.make_room(),
        }
        if let Some(accepted) = self.waiting.take_if(|_| !self.connections.is_full()) {
            self.add(accepted);
        }
    }

    fn add(&mut self, (socket, address): Accepted) {
        if let Err(error) = socket.prepare() {
            tracing::debug!(%error, "failed to prepare a socket");
            return;
        }
        let app = self.app.clone();
        let peer = address.map(Peer::new);
        let activity = Activity::new(&app.app().options);
        let of_task = Arc::clone(&activity);
        match &self.secure {
            None => {
                self.connections.add(address, activity, serve(app, socket, peer, of_task));
            }
            Some(secure) => {
                let serving = secure.serve(app, socket, peer, of_task);
                self.connections.add(address, activity, serving);
            }
        }
    }
}

/// The connection, if its address may have one more. At the bound another one goes, if the host can
/// do without one; else this one waits.
fn admit(connections: &Connections, (socket, address): Accepted) -> Option<Accepted> {
    if let Some(address) = address.filter(|address| connections.is_full_for(*address)) {
        tracing::debug!(%address, "an address has as many connections as it may");
        connections.refused("address_full");
        return None;
    }
    if connections.is_full() {
        connections.make_room();
    }
    Some((socket, address))
}
