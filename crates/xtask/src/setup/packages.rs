//! The packages of npm and pip that the suites of foreign clients use.

use std::fs;

use crate::command_line::CommandLine;
use crate::failure::{Failure, Result};
use crate::root::Root;

/// A set of packages with pinned versions. All paths and commands are relative to the root.
pub(super) struct Packages {
    /// The file that pins the versions.
    pinned: &'static str,
    /// A copy of the file `pinned`, written after the installation, in a folder that the
    /// installation clears.
    installed: &'static str,
    /// A command that succeeds if the installed packages can run.
    probe: &'static str,
    /// The commands that install the packages.
    commands: &'static [&'static str],
    /// The programs that the commands need.
    programs: &'static str,
}

/// The packages of `tests/node`.
pub(super) const NODE: Packages = Packages {
    pinned: "tests/node/package-lock.json",
    installed: "tests/node/node_modules/installed-lock.json",
    probe: "node --version",
    commands: &["npm --prefix tests/node ci --no-audit --no-fund"],
    programs: "Node and npm",
};

/// The packages of `tests/python`, in a virtual environment. Each installation recreates the
/// environment, since an environment of another Python version cannot be repaired.
pub(super) const PYTHON: Packages = Packages {
    pinned: "tests/python/requirements.txt",
    installed: "target/python/installed.txt",
    probe: "target/python/bin/python --version",
    commands: &[
        "python3 -m venv --clear target/python",
        // `starhtml` requires Python 3.12, but the tests use only its script for browsers.
        "target/python/bin/python -m pip install --disable-pip-version-check --no-deps \
         --only-binary :all: --ignore-requires-python -r tests/python/requirements.txt",
    ],
    programs: "Python and its module venv",
};

impl Packages {
    /// Installs the packages, unless they are installed with the pinned versions.
    ///
    /// # Errors
    ///
    /// Returns an error with the commands to type if a command fails.
    pub(super) fn install(&self, root: &Root) -> Result {
        let Self { pinned, installed, .. } = self;
        if self.is_installed(root)? {
            println!("setup: packages of {pinned}: present");
            return Ok(());
        }
        for command in self.commands {
            println!("setup: runs {command}");
            CommandLine::new(*command).run(root.path()).map_err(|failure| self.failed(&failure))?;
        }
        fs::copy(root.join(pinned), root.join(installed))
            .map(drop)
            .map_err(|error| Failure::new(format!("{installed} cannot be written: {error}")))
    }

    fn is_installed(&self, root: &Root) -> Result<bool> {
        let pinned = root.read(self.pinned)?;
        let is_current = root.read(self.installed).is_ok_and(|installed| installed == pinned);
        Ok(is_current && CommandLine::new(self.probe).output(root.path()).is_ok())
    }

    fn failed(&self, failure: &Failure) -> Failure {
        let commands = self.commands.join(" && ");
        Failure::new(format!("{failure}; install {}, then type: {commands}", self.programs))
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::{NODE, PYTHON, Packages};
    use crate::failure::Failure;
    use crate::root::Root;

    #[test]
    fn packages_are_installed_again_only_after_a_change() {
        let folder = std::env::temp_dir().join(format!("xtask-packages-{}", std::process::id()));
        fs::create_dir_all(&folder).unwrap();
        let root = Root::of(folder);
        let packages = Packages { pinned: "pinned", installed: "installed", probe: "true", ..NODE };
        assert!(packages.is_installed(&root).is_err(), "nothing is pinned");
        fs::write(root.join("pinned"), "a==1").unwrap();
        assert!(!packages.is_installed(&root).unwrap());
        fs::write(root.join("installed"), "a==1").unwrap();
        assert!(packages.is_installed(&root).unwrap());
        let without_program = Packages { probe: "bin/python --version", ..packages };
        assert!(!without_program.is_installed(&root).unwrap(), "there is no Python");
        fs::write(root.join("pinned"), "a==2").unwrap();
        assert!(!packages.is_installed(&root).unwrap());
        fs::remove_dir_all(root.path()).unwrap();
    }

    #[test]
    fn a_failure_contains_the_commands_to_type() {
        let failure = PYTHON.failed(&Failure::new("no network")).to_string();
        let start = "no network; install Python and its module venv, then type: python3 -m venv ";
        assert!(failure.starts_with(start), "{failure}");
        assert!(failure.contains(" && target/python/bin/python -m pip install "), "{failure}");
    }
}
