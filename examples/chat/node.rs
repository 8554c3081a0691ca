//! One node, as a process of its own.

use std::time::Duration;

use chat_rooms::application;
use chat_rooms::presence::People;
use hyperpoint::TopicLimits;
use hyperpoint::prelude::*;
use hyperpoint::schemes::SigningKeys;
use hyperpoint_nats::{JetStream, JetStreamOptions};

use crate::command_line::CommandLine;
use crate::failure::{Failure, with_sources};
use crate::parent::ended;

/// The environment variable with the key of all nodes. Other users could read an argument.
pub(crate) const KEY: &str = "CHAT_KEY";

/// The number of events of each room that are kept for users who join.
const PAST: TopicLimits =
    TopicLimits { events: 1000, age: Duration::from_hours(24), ..TopicLimits::DEFAULT };

/// Serves until the node is stopped, or until the parent process ends.
pub(crate) async fn run(name: &str, line: &CommandLine) -> Result<(), Failure> {
    let key = std::env::var(KEY).map_err(|error| format!("{KEY}: {error}"))?;
    let url = line.nats.as_deref().ok_or("a node needs a NATS server")?;
    let engine = JetStream::connect_with(url, JetStreamOptions::default().stream("chat")).await;
    let engine = engine.map_err(|error| format!("failed to {}", with_sources(&error)))?;
    let topics = Topics::with_backplane(engine, |options| options.limits = PAST);
    let people = Arc::new(People::with(name));

    let host = application(topics.clone(), Arc::clone(&people), SigningKeys::new(key));
    // After Ctrl-C at a terminal, a user does not want to wait long.
    let host = host.options(|options| options.drain_window = Duration::from_secs(2));
    let host = host.bind(line.bind.clone()).start().await?;
    println!("listening on {}", host.url());
    tokio::spawn(people.tell(topics, host.url().to_owned(), host.stopping().clone()));
    let stopping = host.stopping().clone();
    tokio::spawn(async move {
        ended().await;
        stopping.request();
    });
    Ok(host.until_signal().await?)
}
