//! The licences that a dependency may have. They require no more of a user than to keep the text of
//! the licence; MPL-2.0 also requires access to the source of the package.

use spdx::{Expression, Licensee, ParseMode};

use crate::failure::{Failure, Result};
use crate::finding::{Finding, line_starting_with};
use crate::metadata::{Metadata, Package};

const ALLOWED: [&str; 13] = [
    "0BSD",
    "Apache-2.0",
    "Apache-2.0 WITH LLVM-exception",
    "BSD-2-Clause",
    "BSD-3-Clause",
    "BSL-1.0",
    "CC0-1.0",
    "ISC",
    "MIT",
    "MPL-2.0",
    "Unicode-3.0",
    "Unlicense",
    "Zlib",
];

/// Finds the packages outside this workspace whose licence expression the allowed licences do not
/// satisfy.
///
/// # Errors
///
/// Returns an error if an entry of [`ALLOWED`] is not an SPDX licence.
pub(crate) fn check(metadata: &Metadata, lock: &str) -> Result<Vec<Finding>> {
    let parse = |licence: &&str| Licensee::parse(licence);
    let allowed: std::result::Result<Vec<Licensee>, _> = ALLOWED.iter().map(parse).collect();
    let allowed = allowed
        .map_err(|error| Failure::new(format!("an allowed licence does not parse: {error}")))?;
    let others = metadata.packages.iter().filter(|package| !package.is_ours);
    let findings = others.filter_map(|package| {
        let wrong = wrong(package, &allowed)?;
        let line = line_starting_with(lock, &format!("name = \"{}\"", package.name));
        let wrong = format!("{} {} {wrong}", package.name, package.version);
        let fix = "replace the package, or allow the licence in \
                   crates/xtask/src/licences/allowed.rs";
        Some(Finding::new("Cargo.lock", line, wrong, fix))
    });
    Ok(findings.collect())
}

/// Returns what is wrong with the licence of a package, or `None` if the licence is allowed.
fn wrong(package: &Package, allowed: &[Licensee]) -> Option<String> {
    let Some(licence) = &package.licence else {
        return Some("has no licence in its manifest".into());
    };
    // Older manifests use `A/B` for `A OR B`.
    match Expression::parse_mode(licence, ParseMode::LAX) {
        Ok(terms) => {
            let is_allowed = |term: &_| allowed.iter().any(|licence| licence.satisfies(term));
            (!terms.evaluate(is_allowed))
                .then(|| format!("has the licence `{licence}`, which is not allowed"))
        }
        Err(error) => {
            let reason = error.reason;
            Some(format!("has the licence `{licence}`, which does not parse: {reason}"))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::check;
    use crate::metadata::{Metadata, Package};

    fn findings(licence: Option<&str>, is_ours: bool) -> Vec<String> {
        let package = Package {
            name: "parser".into(),
            version: "1.2.3".into(),
            licence: licence.map(Into::into),
            is_ours,
            ..Package::default()
        };
        let metadata = Metadata { packages: vec![package], ..Metadata::default() };
        let lock = "[[package]]\nname = \"parser\"\n";
        check(&metadata, lock).unwrap().iter().map(ToString::to_string).collect()
    }

    #[test]
    fn a_licence_must_be_allowed() {
        for licence in ["MIT OR Apache-2.0", "MIT/GPL-3.0-only", "Apache-2.0 WITH LLVM-exception"] {
            assert!(findings(Some(licence), false).is_empty(), "{licence}");
        }
        assert!(findings(Some("GPL-3.0-only"), true).is_empty());
        let refused = findings(Some("MIT AND GPL-3.0-only"), false);
        assert_eq!(refused.len(), 1);
        assert!(
            refused[0]
                .starts_with("Cargo.lock:2: parser 1.2.3 has the licence `MIT AND GPL-3.0-only`")
        );
        assert!(findings(None, false)[0].contains("has no licence"));
        assert!(findings(Some("MIT OR"), false)[0].contains("does not parse"));
    }
}
