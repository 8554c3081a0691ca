//! Measures the log of topics on disk: the rate of publications, and the time to the first event of
//! a client that resumes.
//!
//! `cargo run --release -p hyperpoint-bench --features sqlite --bin bench-log -- publish FOLDER`
//! measures 1, 256 and 4,096 publishers, and compares them with a loop that commits and syncs one
//! row at a time on the same disk.
//!
//! `… --bin bench-log -- fill FOLDER MEGABYTES` writes a log in which some topics have few events,
//! and `… --bin bench-log -- resume FOLDER` opens this log and resumes on each of these topics.

use std::path::PathBuf;

use failure::Result;

mod failure;
mod publish;
mod resume;

const USAGE: &str =
    "usage: bench-log publish FOLDER [PUBLISHERS] | fill FOLDER MEGABYTES | resume FOLDER";

#[tokio::main(flavor = "multi_thread", worker_threads = 2)]
async fn main() -> Result<()> {
    let words: Vec<_> = std::env::args().skip(1).collect();
    let words: Vec<_> = words.iter().map(String::as_str).collect();
    match words[..] {
        ["publish", folder] => publish::run(&PathBuf::from(folder), &[1, 256, 4096]).await,
        ["publish", folder, count] => publish::run(&PathBuf::from(folder), &[count.parse()?]).await,
        ["fill", folder, megabytes] => {
            resume::fill(&PathBuf::from(folder), megabytes.parse()?).await
        }
        ["resume", folder] => resume::run(&PathBuf::from(folder)).await,
        _ => Err(USAGE.into()),
    }
}
