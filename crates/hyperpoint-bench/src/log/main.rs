//! Measures the log of topics on disk: publishing, and the first event of a client that resumes.
//!
//! `cargo run --release -p hyperpoint-bench --features sqlite --bin bench-log -- publish FOLDER` publishes with 1,
//! 256 and 4,096 publishers, beside what one synced commit an event allows on the disk of the folder.
//!
//! `… --bin bench-log -- fill FOLDER MEGABYTES` writes a log with quiet topics, and
//! `… --bin bench-log -- resume FOLDER` opens it, and resumes on these.

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
