//! The server's task: it takes connections while there is room, and waits for them at the end.

use std::net::SocketAddr;
use std::time::Duration;

use hyperpoint_core::Peer;
use tokio::net::{TcpListener, TcpStream};

use super::connections::Connections;
use super::listener::{Acceptor, prepare};
use crate::app::Application;
use crate::connection::{Activity, serve};

/// How soon to look again for an idle connection that makes room for one that waits.
const LOOK_AGAIN: Duration = Duration::from_millis(100);

/// Accepts until the host is asked to stop, then waits for what is under way, up to the window.
pub(super) async fn run(listener: TcpListener, app: Application) {
    let state = app.app().state.clone();
    let mut connections = Connections::new(&app.app().options);
    let mut acceptor = Acceptor::new(listener);
    let mut waiting = None;
    loop {
        if let Some((socket, address)) = waiting.take_if(|_| !connections.is_full()) {
            add(&app, &mut connections, socket, address);
        }
        tokio::select! {
            accepted = acceptor.accept(), if waiting.is_none() => match accepted {
                Some(accepted) => waiting = admit(&connections, accepted),
                None => connections.dismiss_idle(),
            },
            true = connections.one_ended() => {}
            () = tokio::time::sleep(LOOK_AGAIN), if waiting.is_some() => connections.dismiss_idle(),
            () = state.stopping().requested() => break,
        }
    }
    drop(acceptor);
    let all = async {
        while connections.one_ended().await {}
        state.tasks().finished().await;
    };
    if tokio::time::timeout(state.stopping().window(), all).await.is_err() {
        tracing::warn!(open = connections.len(), "the drain window is over; cutting what is left");
    }
}

/// The connection, if its address may have one more. Where all are taken, the longest idle one
/// goes; where none is idle, this one waits.
fn admit(
    connections: &Connections,
    (socket, address): (TcpStream, SocketAddr),
) -> Option<(TcpStream, SocketAddr)> {
    if connections.is_full_for(address) {
        tracing::debug!(%address, "an address has as many connections as it may");
        return None;
    }
    if connections.is_full() {
        connections.dismiss_idle();
    }
    Some((socket, address))
}

fn add(app: &Application, connections: &mut Connections, socket: TcpStream, address: SocketAddr) {
    if let Err(error) = prepare(&socket) {
        tracing::debug!(%error, "failed to prepare a socket");
        return;
    }
    let activity = Activity::new(&app.app().options);
    let serving = serve(app.clone(), socket, Peer::new(address), std::sync::Arc::clone(&activity));
    connections.add(address, activity, serving);
}
