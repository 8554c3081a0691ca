//! Checks that examples in doc comments import from the façade crate `hyperpoint`, and not from the
//! crates that it re-exports.

use super::source::Source;
use crate::finding::Finding;

/// The crates on which users depend only through the façade.
const BEHIND: [&str; 6] = [
    "hyperpoint_auth",
    "hyperpoint_core",
    "hyperpoint_host",
    "hyperpoint_macros",
    "hyperpoint_sse",
    "hyperpoint_topics",
];

/// The files that may import from these crates: the root files of crates that people also use
/// alone, and a file for authors of backplanes.
const ALONE: [&str; 3] = [
    "crates/hyperpoint-sse/src/lib.rs",
    "crates/hyperpoint-topics/src/lib.rs",
    "crates/hyperpoint-topics/src/conformance/engine.rs",
];

/// Finds the imports in doc comments that name a crate of [`BEHIND`].
pub(crate) fn check(source: &Source) -> Vec<Finding> {
    if ALONE.contains(&source.path()) {
        return Vec::new();
    }
    let lines = source.text().lines().zip(1..);
    let imports = lines.filter_map(|(line, number)| Some((behind(line)?, number)));
    imports
        .map(|(name, number)| {
            let wrong = format!("an example imports `{name}`, which a user does not have");
            source.finding(number, wrong, "import from `hyperpoint`")
        })
        .collect()
}

/// Returns the crate of [`BEHIND`] from which a line of a doc comment imports, or `None` if there
/// is none.
fn behind(line: &str) -> Option<&'static str> {
    let line = line.trim_start();
    let text = line.strip_prefix("///").or_else(|| line.strip_prefix("//!"))?;
    let import = text.trim_start_matches([' ', '#']).strip_prefix("use ")?;
    BEHIND.into_iter().find(|name| import.starts_with(&format!("{name}::")))
}

#[cfg(test)]
mod tests {
    use super::check;
    use crate::tidy::source::Source;

    fn count(path: &str, text: &str) -> usize {
        check(&Source::parse(path, text).unwrap()).len()
    }

    #[test]
    fn examples_import_from_the_facade() {
        let path = "crates/hyperpoint-core/src/a.rs";
        let example = |import| format!("/// ```\n/// {import}\n/// ```\nfn a() {{}}");
        assert_eq!(count(path, &example("use hyperpoint_core::Config;")), 1);
        assert_eq!(count(path, &example("# use hyperpoint_sse::EventId;")), 1);
        assert_eq!(count(path, &example("use hyperpoint::Config;")), 0);
        assert_eq!(count(path, &example("use hyperpoint_testing::TestApp;")), 0);
        assert_eq!(count(path, "use hyperpoint_sse::EventId;"), 0);
        let front = "//! ```\n//! use hyperpoint_sse::Encoder;\n//! ```";
        assert_eq!(count("crates/hyperpoint-sse/src/lib.rs", front), 0);
    }
}
