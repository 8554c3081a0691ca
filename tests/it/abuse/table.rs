//! Every case, and the table of them in the guide.

use futures_util::future::join_all;

use super::case::Case;
use super::site::Site;
use super::{frames, heads, slow};

const GUIDE: &str = include_str!("../../../docs/guide/12-deployment.md");
const HEAD: &str =
    "| a client that sends or does this | sees this | after |\n| --- | --- | --- |\n";

/// Each case once, and the table of what was seen.
pub(super) async fn run() -> String {
    let (hasty, patient) = tokio::join!(Site::hasty(), Site::patient());
    let all = slow::CASES.iter().chain(&heads::CASES).chain(&frames::CASES);
    // Those that count streams wait for none to be left: each has a host of its own.
    let rows = join_all(all.map(|case: &Case| async {
        if case.client.contains("endless stream") {
            let own = Site::hasty().await;
            return case.row(&own, &patient).await;
        }
        case.row(&hasty, &patient).await
    }));
    let rows = rows.await;
    assert_eq!(patient.counts.smuggled(), 0);
    HEAD.to_owned() + &rows.join("\n") + "\n"
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_host_does_what_the_guide_says() {
    let seen = run().await;
    assert!(GUIDE.contains(&seen), "the table of the guide is now\n{seen}");
}
