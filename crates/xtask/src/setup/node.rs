//! The Node packages of `tests/node`, by npm.

use std::path::Path;
use std::time::SystemTime;

use crate::command_line::CommandLine;
use crate::failure::{Failure, Result};
use crate::root::Root;

const FOLDER: &str = "tests/node";

/// Installs the packages that `tests/node` locks, if they are not there as locked.
pub(crate) fn run(root: &Root) -> Result {
    let Some(line) = line(&root.join(FOLDER)) else {
        println!("setup: packages of {FOLDER}: present");
        return Ok(());
    };
    println!("setup: runs {line}");
    line.run(root.path())
        .map_err(|failure| Failure::new(format!("{failure}; with Node and npm, type: {line}")))
}

/// What to run from the root; `None` where nothing is to be done.
fn line(folder: &Path) -> Option<CommandLine> {
    let changed = |file: &str| changed(&folder.join(file));
    let wanted = changed("package.json")?;
    let lock = changed("package-lock.json");
    // npm writes this file last.
    let is_present = changed("node_modules/.package-lock.json")
        .is_some_and(|installed| installed >= lock.unwrap_or(wanted));
    if is_present {
        return None;
    }
    let command = if lock.is_some() { "ci" } else { "install" };
    Some(CommandLine::new(format!("npm --prefix {FOLDER} {command} --no-audit --no-fund")))
}

fn changed(file: &Path) -> Option<SystemTime> {
    file.metadata().and_then(|metadata| metadata.modified()).ok()
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::PathBuf;
    use std::time::{Duration, SystemTime};

    use super::line;

    /// A folder of its own for each test, which holds these files, each a second newer.
    fn folder(name: &str, files: &[&str]) -> PathBuf {
        let folder = std::env::temp_dir().join(format!("xtask-{name}-{}", std::process::id()));
        fs::create_dir_all(folder.join("node_modules")).unwrap();
        let mut time = SystemTime::UNIX_EPOCH;
        for file in files {
            time += Duration::from_secs(1);
            fs::File::create(folder.join(file)).unwrap().set_modified(time).unwrap();
        }
        folder
    }

    fn check(name: &str, files: &[&str], expected: Option<&str>) {
        let folder = folder(name, files);
        let line = line(&folder).map(|line| line.to_string());
        fs::remove_dir_all(folder).unwrap();
        let expected = expected
            .map(|command| format!("npm --prefix tests/node {command} --no-audit --no-fund"));
        assert_eq!(line, expected);
    }

    #[test]
    fn npm_runs_only_where_something_changed() {
        let installed = "node_modules/.package-lock.json";
        check("none", &[], None);
        check("unlocked", &["package.json"], Some("install"));
        check("locked", &["package.json", "package-lock.json"], Some("ci"));
        check("present", &["package.json", "package-lock.json", installed], None);
        check("stale", &["package.json", installed, "package-lock.json"], Some("ci"));
    }
}
