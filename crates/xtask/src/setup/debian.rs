//! Programs from Debian packages. A program is present when it runs, wherever it came from.

use crate::command_line::CommandLine;
use crate::failure::{Failure, Result};
use crate::root::Root;

/// A program that the tests or the bench start, and the Debian package that contains it.
#[derive(Debug, PartialEq, Eq)]
struct Program {
    name: &'static str,
    /// A command that succeeds if the program is installed.
    probe: &'static str,
    package: &'static str,
}

const PROGRAMS: [Program; 13] = [
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

/// What this machine lets us do.
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
/// Returns an error with the commands to type if they cannot be installed.
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
        line.run(root.path()).map_err(|failure| by_hand(&failure.to_string(), &lines))?;
    }
    still_missing(&self::missing(runs))
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
    let install = format!(
        "DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends {}",
        packages.join(" ")
    );
    let as_root = [CommandLine::new("apt-get update"), CommandLine::new(install.clone())];
    // `sudo` takes settings as its own first words, and drops those around it.
    let with_sudo =
        [CommandLine::new("sudo apt-get update"), CommandLine::new(format!("sudo {install}"))];
    match right {
        Right::Root => Ok(as_root.into()),
        Right::Sudo => Ok(with_sudo.into()),
        Right::None => Err(by_hand("only root installs packages, and there is no sudo", &as_root)),
        Right::NotDebian => Err(by_hand(
            &format!(
                "there is no apt-get here; put these programs on PATH: {}; on Debian",
                names(missing)
            ),
            &with_sudo,
        )),
    }
}

fn by_hand(why: &str, lines: &[CommandLine]) -> Failure {
    let lines: Vec<_> = lines.iter().map(ToString::to_string).collect();
    Failure::new(format!("{why}, type: {}", lines.join(" && ")))
}

fn still_missing(missing: &[&Program]) -> Result {
    if missing.is_empty() {
        return Ok(());
    }
    let names = names(missing);
    Err(Failure::new(format!("installed, but these programs do not run: {names}; check PATH")))
}

fn names(programs: &[&Program]) -> String {
    programs.iter().map(|program| program.name).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::{Right, lines, missing, still_missing};

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
        check(Right::Root, "apt-get update\nDEBIAN_FRONTEND=noninteractive apt-get install");
        check(Right::Sudo, "sudo apt-get update\nsudo DEBIAN_FRONTEND=noninteractive apt-get");
        check(Right::None, "no sudo, type: apt-get update && DEBIAN_FRONTEND=");
        check(Right::NotDebian, "chromedriver; on Debian, type: sudo apt-get update && sudo ");
    }

    #[test]
    fn a_program_that_still_does_not_run_is_a_failure() {
        assert!(still_missing(&missing(|_| false)).is_err());
        assert!(still_missing(&[]).is_ok());
    }
}
