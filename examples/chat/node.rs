//! One node: what a process is that the program starts as such.

use std::time::Duration;

use chat_rooms::application;
use chat_rooms::presence::People;
use hyperpoint::TopicLimits;
use hyperpoint::prelude::*;
use hyperpoint::schemes::SigningKeys;
use hyperpoint_nats::{JetStream, JetStreamOptions};

use crate::alone::alone;
use crate::command_line::CommandLine;
use crate::failure::{Failure, told};

/// The environment variable that has the key of all nodes. An argument could be read by others.
pub(crate) const KEY: &str = "CHAT_KEY";

/// So much of each room is kept for those who enter it.
const PAST: TopicLimits =
    TopicLimits { events: 1000, age: Duration::from_hours(24), ..TopicLimits::DEFAULT };

/// Serves until it is stopped, or until who started it is gone.
pub(crate) async fn run(name: &str, line: &CommandLine) -> Result<(), Failure> {
    let key = std::env::var(KEY).map_err(|error| format!("{KEY}: {error}"))?;
    let url = line.nats.as_deref().ok_or("a node needs a NATS server")?;
    let engine = JetStream::connect_with(url, JetStreamOptions::default().stream("chat")).await;
    let engine = engine.map_err(|error| format!("failed to {}", told(&error)))?;
    let topics = Topics::with_backplane(engine, |options| options.limits = PAST);
    let people = Arc::new(People::with(name));

    let host = application(topics.clone(), Arc::clone(&people), SigningKeys::new(key));
    // Who presses Ctrl-C at a terminal does not want to wait for long.
    let host = host.options(|options| options.drain_window = Duration::from_secs(2));
    let host = host.bind(line.bind.clone()).start().await?;
    println!("listening on {}", host.url());
    tokio::spawn(people.tell(topics, host.url().to_owned(), host.stopping().clone()));
    let stopping = host.stopping().clone();
    tokio::spawn(async move {
        alone().await;
        stopping.request();
    });
    Ok(host.until_signal().await?)
}
