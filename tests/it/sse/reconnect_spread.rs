//! A thousand clients of a host that stops do not reconnect all at once.

use std::time::Duration;

use futures_util::future::join_all;
use futures_util::stream;
use tokio::time::Instant;

use super::masked::masked;
use crate::wire::memory::Memory;
use crate::wire::scripted;

const CLIENTS: usize = 1000;
const WINDOW: f64 = 20.0;

/// Returns when each of a thousand clients reconnects, in seconds after the host was asked to stop,
/// sorted.
async fn arrivals() -> Vec<f64> {
    let host = scripted::<u32>(|cx| {
        Box::pin(async move { cx.send.event_stream_async("n", stream::pending::<u32>()).await })
    });
    let app = host.options(|options| options.drain_window = Duration::from_secs_f64(WINDOW));
    let app = app.build().unwrap();
    let clients = (0..CLIENTS).map(|_| {
        let request = http::Request::get("/s").body(String::new()).unwrap();
        Memory::ask(&app, request)
    });
    let clients = join_all(clients).await;
    app.stopping().request();
    let start = Instant::now();
    let mut arrivals = join_all(clients.into_iter().map(|mut client| async move {
        let (body, waits) = masked(&client.rest().await);
        assert!(body.ends_with("event: reconnect\nretry: -\ndata: {}\n\n"), "{body}");
        let ended = start.elapsed();
        (ended + Duration::from_millis(*waits.last().unwrap())).as_secs_f64()
    }))
    .await;
    arrivals.sort_by(f64::total_cmp);
    arrivals
}

#[tokio::test(start_paused = true)]
async fn line_33_reconnects_after_a_drain_are_spread_evenly_over_their_window() {
    let arrivals = arrivals().await;
    // Streams end over 16 of 20 seconds; a client then waits for about 3 more.
    let (first, last) = (arrivals[0], arrivals[CLIENTS - 1]);
    assert!((1.9..4.5).contains(&first) && (17.0..20.4).contains(&last), "{first} to {last}");
    // Each second in between has about 62 reconnects; 46 is six times the standard deviation of
    // that.
    for second in (5_u8..18).map(f64::from) {
        let share = arrivals.iter().filter(|at| (second..second + 1.0).contains(*at)).count();
        assert!((16..110).contains(&share), "{share} clients reconnect in second {second}");
    }
}
