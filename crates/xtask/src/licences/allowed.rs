//! Licences that ask no more of a user than we do: to keep the text.

use super::spdx;
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

/// One finding for each package of others whose licence is none of these.
pub(crate) fn check(metadata: &Metadata, lock: &str) -> Vec<Finding> {
    metadata
        .packages
        .iter()
        .filter(|package| !package.is_ours)
        .filter_map(|package| {
            let wrong = wrong(package)?;
            let line = line_starting_with(lock, &format!("name = \"{}\"", package.name));
            let wrong = format!("{} {} {wrong}", package.name, package.version);
            let fix =
                "replace it, or argue for the licence in crates/xtask/src/licences/allowed.rs";
            Some(Finding::new("Cargo.lock", line, wrong, fix))
        })
        .collect()
}

fn wrong(package: &Package) -> Option<String> {
    let Some(licence) = &package.licence else {
        return Some("names no licence".into());
    };
    match spdx::is_satisfied(licence, |licence| ALLOWED.contains(&licence)) {
        Ok(true) => None,
        Ok(false) => Some(format!("has the licence `{licence}`, which is not allowed")),
        Err(error) => Some(format!("has the licence `{licence}`, which does not parse: {error}")),
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
        check(&metadata, lock).iter().map(ToString::to_string).collect()
    }

    #[test]
    fn a_licence_must_be_allowed() {
        assert!(findings(Some("MIT OR Apache-2.0"), false).is_empty());
        assert!(findings(Some("GPL-3.0-only"), true).is_empty());
        let refused = findings(Some("GPL-3.0-only"), false);
        assert_eq!(refused.len(), 1);
        assert!(
            refused[0].starts_with("Cargo.lock:2: parser 1.2.3 has the licence `GPL-3.0-only`")
        );
        assert!(findings(None, false)[0].contains("names no licence"));
        assert!(findings(Some("MIT OR"), false)[0].contains("does not parse"));
    }
}
