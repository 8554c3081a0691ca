//! File names that say what is in the file.

use crate::finding::Finding;

const BANNED: [&str; 8] =
    ["util", "utils", "helper", "helpers", "common", "misc", "manager", "inner"];

/// Finds the first file or folder of `path` whose name fits anything.
pub(crate) fn check(path: &str) -> Option<Finding> {
    let banned = path
        .split('/')
        .map(|part| part.strip_suffix(".rs").unwrap_or(part))
        .find(|name| BANNED.contains(name))?;
    let wrong = format!("`{banned}` names no idea, so that everything ends up there");
    Some(Finding::new(path, 1, wrong, "name it after the one type or idea it holds"))
}

#[cfg(test)]
mod tests {
    use super::check;

    #[test]
    fn names_that_fit_anything_are_refused() {
        assert!(check("crates/a/src/utils.rs").is_some());
        assert!(check("crates/a/src/common/mod.rs").is_some());
        assert!(check("crates/a/src/inner.rs").is_some());
        assert!(check("crates/a/src/utilities.rs").is_none());
        assert!(check("crates/a/src/topic.rs").is_none());
    }
}
