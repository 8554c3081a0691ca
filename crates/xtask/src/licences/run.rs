//! Runs the checks of the dependencies and reports their findings together.

use super::allowed;
use super::duplicates::{self, Exception};
use super::{alone, first_build, weight};
use crate::failure::Result;
use crate::finding::{Finding, report};
use crate::metadata::Metadata;
use crate::root::Root;

/// Runs all checks.
///
/// # Errors
///
/// Returns an error if a licence is not allowed, if a user's build has a package in two versions,
/// if an exception is unused, if a build has too many packages, if a number in the guide is wrong,
/// or if the first command of the README compiles other packages than the recorded list contains.
pub(crate) fn run(root: &Root) -> Result {
    let metadata = Metadata::load(root)?;
    let lock = root.read("Cargo.lock")?;
    let mut findings = findings(&metadata, &lock, duplicates::ALLOWED)?;
    findings.extend(weight::check(root)?);
    findings.extend(alone::check(root)?);
    findings.extend(first_build::check(root)?);
    report("licences", findings)
}

fn findings(metadata: &Metadata, lock: &str, twice: &[Exception]) -> Result<Vec<Finding>> {
    let mut findings = allowed::check(metadata, lock)?;
    findings.extend(duplicates::check(metadata, lock, twice));
    Ok(findings)
}

#[cfg(test)]
mod tests {
    use super::findings;
    use crate::metadata::Metadata;

    #[test]
    fn both_checks_run() {
        let metadata = Metadata::parse(
            r#"{
                "packages": [
                    {"id": "a", "name": "hyperpoint", "version": "1.0.0", "source": null},
                    {"id": "b", "name": "b", "version": "1.0.0", "source": "git", "license": "MIT"},
                    {"id": "c", "name": "b", "version": "2.0.0", "source": "git", "license": "X"}
                ],
                "resolve": {"nodes": [{"id": "a", "deps": [
                    {"pkg": "b", "dep_kinds": [{"kind": null}]},
                    {"pkg": "c", "dep_kinds": [{"kind": null}]}
                ]}]}
            }"#,
        );
        let found = findings(&metadata.unwrap(), "", &[]).unwrap();
        let found: Vec<_> = found.iter().map(|finding| finding.wrong.as_str()).collect();
        let [licence, twice] = found[..] else { panic!("{found:?}") };
        assert!(licence.contains("b 2.0.0 has the licence `X`"), "{licence}");
        assert!(twice.contains("versions 1.0.0 and 2.0.0"), "{twice}");
    }
}
