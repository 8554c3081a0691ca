//! All cases, and the table of them in the guide.

use futures_util::future::join_all;

use super::case::Case;
use super::site::Site;
use super::{frames, heads, slow};

const GUIDE: &str = include_str!("../../../docs/guide/12-deployment.md");
const HEAD: &str =
    "| a client that sends or does this | sees this | after |\n| --- | --- | --- |\n";

/// Runs each case once and returns the table of what was observed.
pub(super) async fn run() -> String {
    let (with_short_timeouts, with_long_timeouts) =
        tokio::join!(Site::with_short_timeouts(), Site::with_long_timeouts());
    let all = slow::CASES.iter().chain(&heads::CASES).chain(&frames::CASES);
    // The cases that count streams wait until none is left, so each has a host of its own.
    let rows = join_all(all.map(|case: &Case| async {
        if case.client.contains("endless stream") {
            let own = Site::with_short_timeouts().await;
            return case.row(&own, &with_long_timeouts).await;
        }
        case.row(&with_short_timeouts, &with_long_timeouts).await
    }));
    let rows = rows.await;
    assert_eq!(with_long_timeouts.counts.smuggled(), 0);
    HEAD.to_owned() + &rows.join("\n") + "\n"
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_host_behaves_as_the_guide_says() {
    let seen = run().await;
    assert!(GUIDE.contains(&seen), "the table of the guide differs; replace it by\n{seen}");
}
