//! Installs programs from Debian packages. A program is present if it runs, even if it was not
//! installed from a package.

use std::thread::sleep;
use std::time::Duration;

use crate::command_line::CommandLine;
use crate::failure::{Failure, Result};
use crate::root::Root;

/// A program or module that the tests or the bench use, and the Debian package that contains it.
#[derive(Debug, PartialEq, Eq)]
struct Program {
    name: &'static str,
    /// A command that succeeds if the program is installed.
    probe: &'static str,
    package: &'static str,
}

const PROGRAMS: [Program; 14] = [
    Program { name: "chromium", probe: "chromium --version", package: "chromium" },
    Program { name: "chromedriver", probe: "chromedriver --version", package: "chromium-driver" },
    Program { name: "firefox-esr", probe: "firefox-esr --version", package: "firefox-esr" },
    Program { name: "node", probe: "node --version", package: "nodejs" },
    Program { name: "npm", probe: "npm --version", package: "npm" },
    Program { name: "python3", probe: "python3 --version", package: "python3" },
    // Debian's `python3` contains the module `venv`, but not the files that it installs.
    Program { name: "venv", probe: "python3 -m ensurepip --version", package: "python3-venv" },
    Program { name: "curl", probe: "curl --version", package: "curl" },
    Program { name: "nats-server", probe: "nats-server --version", package: "nats-server" },
    // Debian installs each version in a folder of its own, which is not on PATH. The shell's script
    // has no blank, because blanks separate the words of a command.
    Program {
        name: "postgres",
        probe: "sh -c ls$IFS/usr/lib/postgresql/*/bin/postgres||postgres$IFS--version",
        package: "postgresql",
    },
    // For the proxy tests and the bench.
    Program { name: "nginx", probe: "nginx -v", package: "nginx-light" },
    Program { name: "haproxy", probe: "haproxy -v", package: "haproxy" },
    Program { name: "caddy", probe: "caddy version", package: "caddy" },
    // For the bench.
    Program {
        name: "nchan",
        probe: "test -e /usr/lib/nginx/modules/ngx_nchan_module.so",
        package: "libnginx-mod-nchan",
    },
];

/// Number of seconds that `apt-get` waits for the lock of dpkg, which another process may hold on a
/// machine that has just booted.
const LOCK_SECONDS: u32 = 600;

/// Maximum number of runs of `apt-get`, with [`PAUSE`] between them. `apt-get` does not wait for
/// locks other than that of dpkg, such as the locks of package lists and downloads.
const ATTEMPTS: u32 = 120;
const PAUSE: Duration = Duration::from_secs(5);

/// How packages can be installed on this machine.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Right {
    Root,
    Sudo,
    /// Not root, and no `sudo`.
    None,
    /// Another system, without `apt-get`.
    NotDebian,
}

/// Installs the packages of the missing programs.
///
/// # Errors
///
/// Returns an error with the commands to type if the packages cannot be installed, or with the
/// names of programs that do not run although their packages are installed.
pub(crate) fn run(root: &Root) -> Result {
    let missing = missing(runs);
    if missing.is_empty() {
        println!("setup: {}: present", names(&PROGRAMS.iter().collect::<Vec<_>>()));
        return Ok(());
    }
    println!("setup: missing: {}", names(&missing));
    let lines = lines(&missing, right())?;
    for line in &lines {
        println!("setup: runs {line}");
        unlocked(|| line.run_noting_errors(root.path()), || sleep(PAUSE))
            .map_err(|failure| by_hand(&failure.to_string(), &lines))?;
    }
    still_missing(&self::missing(runs))
}

/// Runs a command, and repeats it while another process holds a lock that the command needs, up to
/// [`ATTEMPTS`] runs.
fn unlocked(
    run: impl Fn() -> std::result::Result<(), (Failure, String)>,
    pause: impl Fn(),
) -> Result {
    for attempt in 1.. {
        match run() {
            Err((_, errors)) if attempt < ATTEMPTS && errors.contains("Could not get lock") => {
                println!("setup: another process holds the lock; trying again");
                pause();
            }
            ended => return ended.map_err(|(failure, _)| failure),
        }
    }
    Ok(())
}

fn missing(runs: impl Fn(&str) -> bool) -> Vec<&'static Program> {
    PROGRAMS.iter().filter(|program| !runs(program.probe)).collect()
}

fn runs(probe: &str) -> bool {
    CommandLine::new(probe).succeeds()
}

fn right() -> Right {
    if !runs("apt-get --version") {
        return Right::NotDebian;
    }
    let user = CommandLine::new("id -u").output(".".as_ref());
    if user.is_ok_and(|id| id.trim() == "0") {
        return Right::Root;
    }
    if runs("sudo --version") { Right::Sudo } else { Right::None }
}

/// Returns the commands that install the missing programs, or an error with the commands to type.
fn lines(missing: &[&Program], right: Right) -> Result<Vec<CommandLine>> {
    let packages: Vec<_> = missing.iter().map(|program| program.package).collect();
    // With `LC_ALL=C`, the messages that `unlocked` reads are in English.
    let update = "LC_ALL=C apt-get update".to_owned();
    let install = format!(
        "LC_ALL=C DEBIAN_FRONTEND=noninteractive apt-get -o DPkg::Lock::Timeout={LOCK_SECONDS} \
         install -y --no-install-recommends {}",
        packages.join(" ")
    );
    // `sudo` takes environment variables as its first arguments, and drops the variables of its own
    // environment.
    let with_sudo = [&update, &install].map(|line| CommandLine::new(format!("sudo {line}")));
    let as_root = [update, install].map(CommandLine::new);
    match right {
        Right::Root => Ok(as_root.into()),
        Right::Sudo => Ok(with_sudo.into()),
        Right::None => {
            Err(by_hand("only root can install packages, and `sudo` is missing; as root", &as_root))
        }
        Right::NotDebian => Err(by_hand(
            &format!(
                "`apt-get` is missing; put these programs on PATH: {}; on Debian",
                names(missing)
            ),
            &with_sudo,
        )),
    }
}

fn by_hand(why: &str, lines: &[CommandLine]) -> Failure {
    let lines: Vec<_> = lines.iter().map(ToString::to_string).collect();
    Failure::new(format!("{why}, run: {}", lines.join(" && ")))
}

fn still_missing(missing: &[&Program]) -> Result {
    if missing.is_empty() {
        return Ok(());
    }
    let names = names(missing);
    Err(Failure::new(format!(
        "the packages are installed, but these programs do not run: {names}; check PATH"
    )))
}

fn names(programs: &[&Program]) -> String {
    programs.iter().map(|program| program.name).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use super::{ATTEMPTS, Failure, Result, Right, lines, missing, still_missing, unlocked};

    fn check(right: Right, expected: &str) {
        let missing = missing(|probe| !probe.starts_with("chromedriver "));
        let lines = lines(&missing, right).map_err(|failure| failure.to_string());
        let text = match lines {
            Ok(lines) => lines.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"),
            Err(failure) => failure,
        };
        assert!(text.contains(expected), "{text}");
        assert!(text.contains("chromium-driver"), "{text}");
        assert!(!text.contains("nodejs"), "{text}");
    }

    #[test]
    fn only_missing_programs_are_installed() {
        assert!(missing(|_| true).is_empty());
        assert_eq!(missing(|_| false).len(), super::PROGRAMS.len());
    }

    #[test]
    fn every_machine_has_a_line_to_type() {
        let install = "LC_ALL=C DEBIAN_FRONTEND=noninteractive apt-get";
        check(Right::Root, &format!("LC_ALL=C apt-get update\n{install}"));
        check(Right::Sudo, &format!("sudo LC_ALL=C apt-get update\nsudo {install}"));
        check(Right::None, &format!("as root, run: LC_ALL=C apt-get update && {install}"));
        check(Right::NotDebian, "chromedriver; on Debian, run: sudo LC_ALL=C apt-get update && ");
    }

    #[test]
    fn installing_waits_for_the_lock_of_dpkg() {
        check(Right::Root, "apt-get -o DPkg::Lock::Timeout=600 install -y ");
        check(Right::Sudo, "apt-get -o DPkg::Lock::Timeout=600 install -y ");
    }

    /// Runs a command whose first `failures` runs fail with these errors. Returns the number of
    /// runs and the result.
    fn attempts(errors: &str, failures: u32) -> (u32, Result) {
        let runs = Cell::new(0);
        let run = || {
            runs.set(runs.get() + 1);
            match runs.get() > failures {
                true => Ok(()),
                false => Err((Failure::new("it failed"), errors.to_owned())),
            }
        };
        let ended = unlocked(run, || ());
        (runs.get(), ended)
    }

    #[test]
    fn a_lock_that_apt_does_not_wait_for_is_tried_again() {
        let held = "E: Could not get lock /var/lib/apt/lists/lock. It is held by process 7";
        let (runs, ended) = attempts(held, 2);
        assert!(runs == 3 && ended.is_ok(), "{runs}");
        let (runs, ended) = attempts(held, u32::MAX);
        assert!(runs == ATTEMPTS && ended.is_err(), "{runs}");
        let (runs, ended) = attempts("E: Unable to locate package", 2);
        assert!(runs == 1 && ended.is_err(), "{runs}");
    }

    #[test]
    fn a_program_that_still_does_not_run_is_a_failure() {
        assert!(still_missing(&missing(|_| false)).is_err());
        assert!(still_missing(&[]).is_ok());
    }
}
