//! The prices, and the task that generates them.

use std::time::Duration;

use hyperpoint::prelude::*;
use hyperpoint::{Stopping, TopicLimits};

/// The topic of every change of every price.
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

/// A changed price.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct Tick {
    symbol: &'static str,
    price: f64,
    change: f64,
    /// The id of the previous tick, which shows the page whether one is missing. The numbers in ids
    /// do not show it: they grow, but a log may skip some.
    after: Option<String>,
}

/// Publishes a tick of a random symbol four times a second, until the host stops. While the
/// backplane is unavailable, a tick is retried with the same idempotency key, so that it is
/// published once. The first tick follows the ticks that the backplane kept from earlier runs.
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

/// Publishes a tick, and returns its id once it was acknowledged.
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
