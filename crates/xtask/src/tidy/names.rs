//! Checks that file names are specific. A name that says nothing about the content is a finding.

use crate::finding::Finding;

const BANNED: [&str; 8] =
    ["util", "utils", "helper", "helpers", "common", "misc", "manager", "inner"];

/// Returns a finding for the first file or folder in `path` with a banned name, or `None` if no
/// name is banned.
pub(crate) fn check(path: &str) -> Option<Finding> {
    let banned = path
        .split('/')
        .map(|part| part.strip_suffix(".rs").unwrap_or(part))
        .find(|name| BANNED.contains(name))?;
    let wrong = format!("the name `{banned}` is not specific");
    Some(Finding::new(path, 1, wrong, "rename the file or folder after its main type or concept"))
}

#[cfg(test)]
mod tests {
    use super::check;

    #[test]
    fn an_unspecific_name_is_a_finding() {
        assert!(check("crates/a/src/utils.rs").is_some());
        assert!(check("crates/a/src/common/mod.rs").is_some());
        assert!(check("crates/a/src/inner.rs").is_some());
        assert!(check("crates/a/src/utilities.rs").is_none());
        assert!(check("crates/a/src/topic.rs").is_none());
    }
}
