//! The Python packages of `tests/python`, by pip, in an environment of their own.

use std::fs;
use std::path::Path;

use crate::command_line::CommandLine;
use crate::failure::{Failure, Result};
use crate::root::Root;

const REQUIREMENTS: &str = "tests/python/requirements.txt";
const FOLDER: &str = "target/python";
/// The requirements as they were installed, written last.
const INSTALLED: &str = "installed.txt";

/// Installs the packages that `tests/python` pins, if they are not there as pinned.
pub(crate) fn run(root: &Root) -> Result {
    let wanted = root.read(REQUIREMENTS)?;
    let folder = root.join(FOLDER);
    if is_present(&folder, &wanted) {
        println!("setup: packages of {REQUIREMENTS}: present");
        return Ok(());
    }
    let lines = lines();
    for line in &lines {
        println!("setup: runs {line}");
        line.run(root.path()).map_err(|failure| by_hand(&failure, &lines))?;
    }
    fs::write(folder.join(INSTALLED), wanted)
        .map_err(|error| Failure::new(format!("{FOLDER}/{INSTALLED}: {error}")))
}

/// What to run from the root: a new environment, for one of another Python could not be mended.
fn lines() -> [CommandLine; 2] {
    [
        CommandLine::new(format!("python3 -m venv --clear {FOLDER}")),
        CommandLine::new(format!(
            "{FOLDER}/bin/python -m pip install --disable-pip-version-check --no-deps \
             --only-binary :all: -r {REQUIREMENTS}"
        )),
    ]
}

fn is_present(folder: &Path, wanted: &str) -> bool {
    let runs = CommandLine::new(format!("{} --version", folder.join("bin/python").display()));
    fs::read_to_string(folder.join(INSTALLED)).is_ok_and(|installed| installed == wanted)
        && runs.succeeds()
}

fn by_hand(failure: &Failure, lines: &[CommandLine]) -> Failure {
    let lines: Vec<_> = lines.iter().map(ToString::to_string).collect();
    Failure::new(format!("{failure}; with Python and its venv, type: {}", lines.join(" && ")))
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::{INSTALLED, by_hand, is_present, lines};
    use crate::failure::Failure;

    #[test]
    fn pip_runs_only_where_something_changed() {
        let folder = std::env::temp_dir().join(format!("xtask-python-{}", std::process::id()));
        fs::create_dir_all(folder.join("bin")).unwrap();
        assert!(!is_present(&folder, "a==1"));
        fs::write(folder.join(INSTALLED), "a==1").unwrap();
        assert!(!is_present(&folder, "a==1"), "there is no Python");
        std::os::unix::fs::symlink("/bin/true", folder.join("bin/python")).unwrap();
        assert!(is_present(&folder, "a==1"));
        assert!(!is_present(&folder, "a==2"));
        fs::remove_dir_all(folder).unwrap();
    }

    #[test]
    fn a_failure_has_the_lines_to_type() {
        let failure = by_hand(&Failure::new("no network"), &lines()).to_string();
        let start = "no network; with Python and its venv, type: python3 -m venv --clear target/";
        assert!(failure.starts_with(start), "{failure}");
        assert!(failure.contains(" && target/python/bin/python -m pip install "), "{failure}");
    }
}
