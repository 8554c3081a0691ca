//! Both nodes and the NATS server between them, from start to end.

use hyperpoint::prelude::Uuid;
use tokio::signal::unix::{SignalKind, signal};

use crate::broker;
use crate::command_line::CommandLine;
use crate::failure::Failure;
use crate::node::KEY;
use crate::part::Part;

const NODES: [&str; 2] = ["node-1", "node-2"];

/// The running processes.
#[derive(Default)]
struct Parts {
    /// The server between the nodes, if this program started it.
    broker: Option<Part>,
    nodes: Vec<Part>,
}

/// Starts all processes, and stops them on a signal. Continues while one node is left.
pub(crate) async fn run(line: &CommandLine) -> Result<(), Failure> {
    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut terminate = signal(SignalKind::terminate())?;
    // The terminal was closed.
    let mut hangup = signal(SignalKind::hangup())?;
    let mut parts = Parts::default();
    let result = tokio::select! {
        biased;
        _ = interrupt.recv() => Ok(()),
        _ = terminate.recv() => Ok(()),
        _ = hangup.recv() => Ok(()),
        result = parts.serve(line) => result,
    };
    parts.stop().await?;
    result
}

impl Parts {
    async fn serve(&mut self, line: &CommandLine) -> Result<(), Failure> {
        let addresses = line.addresses()?;
        let nats = match &line.nats {
            Some(url) => url.clone(),
            None => self.start_broker().await?,
        };
        // The keys of both nodes for this run: a session created at one node is valid at the other.
        let key = format!("{}{}", Uuid::new_v4(), Uuid::new_v4());
        for (name, address) in NODES.into_iter().zip(addresses) {
            let mut command = Part::command(name)?;
            command.args(["--bind", &address, "--nats", &nats]).env(KEY, &key);
            let node = Part::start(name, command).await?;
            println!("{}", node.first_line);
            self.nodes.push(node);
        }
        self.ended().await
    }

    /// Starts the server, and returns its URL.
    async fn start_broker(&mut self) -> Result<String, Failure> {
        let mut command = Part::command(broker::NAME)?;
        // The server ignores Ctrl-C at a terminal: it stops after the nodes.
        command.process_group(0);
        let broker = self.broker.insert(Part::start(broker::NAME, command).await?);
        Ok(broker.first_line.clone())
    }

    /// Waits until no node is left, or until the server has ended.
    async fn ended(&mut self) -> Result<(), Failure> {
        let Self { broker, nodes } = self;
        let [first, second] = nodes.as_mut_slice() else { return Ok(()) };
        let broker = async {
            match broker {
                Some(broker) => broker.ended().await,
                // A server that the user started is not watched.
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            ended = async { tokio::try_join!(report_end(first), report_end(second)) } => {
                ended?;
                Err("no node is left".into())
            }
            ended = broker => {
                ended?;
                Err("nothing is left between the nodes".into())
            }
        }
    }

    async fn stop(&mut self) -> Result<(), Failure> {
        self.nodes.iter_mut().for_each(Part::release);
        for node in &mut self.nodes {
            node.ended().await?;
        }
        if let Some(broker) = &mut self.broker {
            broker.release();
            broker.ended().await?;
        }
        Ok(())
    }
}

/// Waits for a node to end unexpectedly, and prints a message.
async fn report_end(node: &mut Part) -> Result<(), Failure> {
    let status = node.ended().await?;
    eprintln!("{} ended: {status}", node.name);
    Ok(())
}
