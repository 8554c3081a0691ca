//! The prices, and who makes them up.

use std::time::Duration;

use hyperpoint::prelude::*;
use hyperpoint::{Stopping, TopicLimits};

/// Every change of every price.
pub(crate) const TICKS: TopicName<Tick> =
    TopicName::new("ticks").event("tick").limits(TopicLimits {
        age: Duration::from_mins(10),
        bytes: 4 * 1024 * 1024,
        ..TopicLimits::DEFAULT
    });

const EVERY: Duration = Duration::from_millis(250);
const SYMBOLS: [(&str, f64); 6] = [
    ("ACME", 132.40),
    ("BOLT", 18.75),
    ("CRUX", 640.10),
    ("DUNE", 77.05),
    ("ECHO", 9.38),
    ("FLUX", 251.60),
];

/// A price that has changed.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct Tick {
    symbol: &'static str,
    price: f64,
    change: f64,
    /// The id of the tick before, by which the page sees whether one is missing. Numbers of ids do
    /// not tell: they grow, but a log may leave some out.
    after: Option<String>,
}

/// Publishes a tick of some symbol four times a second, until the host stops. While the engine is
/// away a tick is tried again, with the same `once`, so that it is there once in the end. The first
/// tick comes after what an engine kept of those who published before.
pub(crate) async fn make(ticks: Topic<Tick>, mut last: Option<EventId>, stopping: Stopping) {
    let mut prices = SYMBOLS;
    let mut timer = tokio::time::interval(EVERY);
    while !stopping.is_requested() {
        timer.tick().await;
        let Some((symbol, price)) = prices.get_mut(fastrand::usize(..SYMBOLS.len())) else {
            continue;
        };
        let change = round(*price * (fastrand::f64() - 0.5) * 0.02);
        *price = round(*price + change).max(0.01);
        let after = last.as_ref().map(ToString::to_string);
        let tick = Tick { symbol, price: *price, change, after };
        last = Some(publish(&ticks, &tick).await);
    }
}

/// Publishes a tick, and gives its id once that was acknowledged.
async fn publish(ticks: &Topic<Tick>, tick: &Tick) -> EventId {
    let once = Uuid::new_v4().to_string();
    loop {
        match ticks.publish(tick).key(tick.symbol).once(&once).await {
            Ok(published) => return published.id(),
            Err(error) => eprintln!("a tick waits: {error}"),
        }
        tokio::time::sleep(EVERY).await;
    }
}

fn round(price: f64) -> f64 {
    (price * 100.0).round() / 100.0
}
